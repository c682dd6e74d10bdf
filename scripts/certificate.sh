# A development certificate for `./run --lan`: made by this machine for its own addresses. Sourced.
# shellcheck shell=bash

# development_certificate: makes or renews it; sets certificate_file and certificate_key.
development_certificate() {
    local folder=${XDG_CACHE_HOME:-${HOME:-$root/build}/.cache}/parley
    certificate_file=$folder/certificate.pem
    certificate_key=$folder/key.pem
    local names address
    names="DNS:localhost,DNS:$(uname -n),IP:127.0.0.1,IP:::1"
    for address in $(hostname -I 2>/dev/null); do names+=",IP:$address"; done

    # Browsers remember that a certificate was accepted: keep it while it still fits.
    if [[ -f $certificate_file && -f $certificate_key && -f $folder/names &&
        $(<"$folder/names") == "$names" ]] &&
        openssl x509 -in "$certificate_file" -noout -checkend 86400 >/dev/null 2>&1; then
        return
    fi
    mkdir -p "$folder" || die "Cannot make the folder $folder for the certificate."
    say "Making a development certificate in $folder"
    local log
    if ! log=$(
        umask 077
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 397 \
            -keyout "$certificate_key" -out "$certificate_file" -subj '/CN=Parley development' \
            -addext "subjectAltName=$names" -addext 'extendedKeyUsage=serverAuth' \
            -addext 'basicConstraints=critical,CA:FALSE' 2>&1
    ); then
        say "$log"
        die "openssl could not make the certificate."
    fi
    printf '%s\n' "$names" >"$folder/names"
}
