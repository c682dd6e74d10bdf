// Real browsers with fake devices.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { captureFiles } from './capture_files.js';
import { Participant } from './participant.js';
import { spyOnConnections } from './spies.js';

const chromium_path = process.env.PARLEY_CHROMIUM ?? '/usr/bin/chromium';
const firefox_path = process.env.PARLEY_FIREFOX ?? '/usr/bin/firefox-esr';

/** Why Firefox cannot meet a server on this machine here, or false: for a test's `skip`. */
export const no_firefox = process.env.PARLEY_E2E_NETNS
  ? false
  : 'Firefox needs a network namespace of its own: run `npm run e2e` as root';

/**
 * A Chromium whose camera and microphone are those of `name` (see capture_files.js).
 * `args`: more flags; `permission` false: nobody answers the prompt for devices but "no".
 */
export async function launchChromium(name, { args = [], permission = true, capture = {} } = {}) {
  const { video, audio } = captureFiles(name, capture);
  const browser = await chromium.launch({
    executablePath: chromium_path,
    args: [
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      ...(permission ? ['--use-fake-ui-for-media-stream'] : []),
      `--use-file-for-fake-video-capture=${video}`,
      `--use-file-for-fake-audio-capture=${audio}`,
      '--autoplay-policy=no-user-gesture-required',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--mute-audio',
      ...args,
    ],
  });
  return {
    name,
    /** A new page that has not gone anywhere yet, in a profile of its own. */
    async participant(options = {}) {
      const context = await browser.newContext({ viewport: { width: 960, height: 600 }, ...options });
      await context.addInitScript(spyOnConnections);
      const page = await context.newPage();
      return new Participant(page, name, () => context.close());
    },
    close: () => browser.close(),
  };
}

export async function launchFirefox(name) {
  const profile = mkdtempSync(path.join(tmpdir(), 'parley-e2e-firefox-'));
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: firefox_path,
    headless: true,
    protocolTimeout: 20000,
    userDataDir: profile,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': 0,
      'app.update.enabled': false,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
    },
  });
  return {
    name,
    async participant() {
      const page = await browser.newPage();
      await page.evaluateOnNewDocument(spyOnConnections);
      return new Participant(page, name, () => page.close());
    },
    async close() {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
