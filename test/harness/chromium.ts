import { type Browser, chromium } from 'playwright-core';
import { requireProgram } from '../../deploy/local/foreignProgram.ts';

const program = {
  name: 'chromium',
  folders: () => ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/homebrew/bin'],
  debianPackage: 'chromium',
  advice: 'install it (Debian: apt-get install chromium; macOS: brew install --cask chromium) so that it is on PATH',
};

/** Quiet and without anything that reaches beyond this machine. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A real browser; installing it may take a minute or two, the first time. */
export async function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: requireProgram(program), headless: true, args: flags });
}
