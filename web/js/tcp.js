// `?transport=tcp`: meets the server over TCP only, as behind a firewall that drops UDP.

/** The description without the server's UDP candidates. */
export function withoutUdp(sdp) {
  return sdp.replace(/^a=candidate:\S+ \d+ udp .*\r?\n/gim, '');
}
