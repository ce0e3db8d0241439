// What a citizen and a clerk do in the demo town, by the names people see or
// the paths of the fields; nothing here knows a style sheet.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { flatten } from './answers.mjs';
import { fillForm, sampleFile } from './assistant.mjs';

const address = process.env.SCHALTER_ADDRESS;
const samples = process.env.SCHALTER_SAMPLES;
const shots = process.env.SCHALTER_SHOTS;
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const counts = { pages: 0, violations: 0 };
const checked = new Set();

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

async function context(browser, script, width = 1280) {
  const made = await browser.newContext({ javaScriptEnabled: script, locale: 'de-DE', viewport: { width, height: width < 600 ? 640 : 900 }, acceptDownloads: true });
  made.setDefaultTimeout(15000);
  const page = await made.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy/i.test(message.text())) {
      counts.violations += 1;
      console.log(`     CSP: ${message.text()}`);
    }
  });
  return page;
}

/// axe with WCAG 2.2 AA on the page as it stands; each kind of page once a run,
/// of assistants each page of the service that is `of` interest.
export async function axe(page, script, of = '') {
  const kind = of + new URL(page.url()).pathname.replace(/[0-9a-f-]{36}|MS-\d{4}-\w+-\w+|[0-9A-Z]{26}/g, '*') + /^(Fehler|Error)/.test(await page.title());
  if (!script || checked.has(kind)) return;
  checked.add(kind);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Runtime.evaluate', { expression: axeSource });
  const { result } = await cdp.send('Runtime.evaluate', {
    expression: `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then(r => JSON.stringify(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).slice(0, 4).join(' | '))))`,
    awaitPromise: true,
    returnByValue: true,
  });
  await cdp.detach();
  counts.pages += 1;
  await narrow(page);
  for (const violation of JSON.parse(result.value)) {
    counts.violations += 1;
    console.log(`     axe ${new URL(page.url()).pathname}: ${violation}`);
  }
}

/// Nothing of a page is cut off or scrolls sideways on the narrowest phone (WCAG 1.4.10).
async function narrow(page) {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  if (width > 320) {
    counts.violations += 1;
    const wide = await page.evaluate(() => [...document.querySelectorAll('main *, header *, footer *')].filter((node) => node.getBoundingClientRect().right > 321).slice(0, 3).map((node) => node.outerHTML.slice(0, 90)));
    console.log(`     ${new URL(page.url()).pathname} is ${width} px wide at 320 px: ${wide.join(' | ')}`);
  }
  await page.setViewportSize(before);
}

export async function shoot(page, name, path) {
  if (path) await page.goto(address + path);
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(shots, `view-${name}.png`) });
}

export async function citizen(browser, script, { width, language = 'de', thorough = false } = {}) {
  const page = await context(browser, script, width);
  let of = '';
  let sent;
  const self = {
    page,
    async visit(path) {
      const response = await page.goto(address + path);
      assert.equal(response.status(), 200, path);
      await axe(page, script, of);
    },
    /// From the service page to the reference number. `given` are flat answers;
    /// without them those of the samples.
    async apply(service, { shots: shot, change = {}, given }) {
      const flat = given ?? flatten(JSON.parse(readFileSync(join(samples, `${service}.json`), 'utf8')));
      Object.assign(flat, change);
      if (thorough) of = `${service} `;
      await self.visit(`/${language}/services/${service}`);
      if (shot) await shoot(page, `${shot}-service`);
      await page.locator(`form[action$="/start"] button`).first().click();
      await self.fillPages(flat, shot);
      await axe(page, script, of);
      if (shot) await shoot(page, `${shot}-check`);
      assert.deepEqual(await self.errors(), []);
      await page.locator('form[action$="/submit"] button[type=submit]').first().click();
      await page.waitForURL(/\/cases\/.*\/done$/);
      await axe(page, script, of);
      if (shot) await shoot(page, `${shot}-done`);
      const [, reference, secret] = page.url().match(/cases\/([^/]+)\/([^/]+)\/done$/);
      sent = { reference, secret, url: `${address}/${language}/cases/${reference}/${secret}` };
      return sent;
    },
    /// Every page up to the one for checking; a page that changes with its
    /// answers is filled again. Once a thorough person leaves a page empty.
    async fillPages(flat, shot) {
      const visits = new Map();
      const done = new Set();
      let careless = thorough;
      for (let step = 0; step < 150; step += 1) {
        const path = new URL(page.url()).pathname;
        if (path.endsWith('/check')) return;
        await axe(page, script, of);
        if (careless) careless = !(await self.leaveEmpty(path, shot));
        visits.set(path, (visits.get(path) ?? 0) + 1);
        const filled = await fillForm(page, page.locator('main form.s-form').first(), flat, done);
        if (filled > 0 && visits.get(path) > 1) await axe(page, script, of);
        if (shot && thorough) await shoot(page, `${shot}-page-${path.split('/').pop()}`);
        else if (shot && step % 4 === 1) await shoot(page, `${shot}-step-${step}`);
        await page.locator('main button[name="_do"][value="next"]:not([tabindex="-1"])').first().click();
        const stays = new URL(page.url()).pathname === path;
        if (stays && (filled === 0 || visits.get(path) > 6)) {
          throw new Error(`no way on from ${path}: ${(await self.errors()).join(' / ')}`);
        }
      }
    },
    /// Goes on without an answer: where one is required the summary of errors
    /// leads to it. Tells whether this page asks for something.
    async leaveEmpty(path, shot) {
      await page.locator('main button[name="_do"][value="next"]:not([tabindex="-1"])').first().click();
      if (new URL(page.url()).pathname !== path) {
        await page.goto(address + path);
        return false;
      }
      if ((await self.errors()).length === 0) return false;
      await axe(page, script, of);
      if (shot) await shoot(page, `${shot}-errors`);
      assert.match(await page.title(), /^(Fehler|Error)/);
      for (const link of await page.locator('[data-errors] a').all()) {
        const target = (await link.getAttribute('href')).slice(1);
        assert.equal(await page.locator(`[id="${target}"]`).count(), 1, `the error leads to #${target}`);
      }
      return true;
    },
    /// Opens the link a party was sent and confirms its part.
    async confirmsAsParty(flat, shot) {
      await page.goto(`${address}/demo/mails?lang=${language}`);
      const mails = await page.locator('.s-mails a').evaluateAll((links) => links.slice(0, 20).map((link) => link.href));
      for (const mail of mails) {
        await page.goto(mail);
        const link = page.locator(`a[href*="/parties/${sent.reference}/"]`);
        if (await link.count() === 0) continue;
        await link.first().click();
        await axe(page, script, of);
        if (shot) await shoot(page, `${shot}-party`);
        const form = page.locator('form[action$="/answer"]').first();
        await form.locator('button[type=submit]').click();
        assert.notDeepEqual(await self.errors(), [], 'a party cannot confirm without an answer');
        await axe(page, script, of);
        await fillForm(page, form, flat);
        await form.locator('button[type=submit]').click();
        assert.deepEqual(await self.errors(), []);
        assert.equal(await page.locator('form[action$="/answer"]').count(), 0);
        await axe(page, script, of);
        if (shot) await shoot(page, `${shot}-party-done`);
        return;
      }
      throw new Error(`no mail has a link for a party of ${sent.reference}`);
    },
    async errors() {
      return page.locator('[data-errors] li').allInnerTexts();
    },
    async status() {
      await page.goto(sent.url);
      await axe(page, script, of);
    },
    sent() {
      return sent;
    },
    async receipt() {
      return self.text('receipt');
    },
    /// The text of a document of the case as its PDF shows it.
    async text(name) {
      const response = await page.request.get(`${sent.url}/documents/${name}`);
      assert.equal(response.status(), 200);
      assert.equal(response.headers()['content-type'], 'application/pdf');
      const folder = mkdtempSync(join(tmpdir(), 'document-'));
      const file = join(folder, `${name}.pdf`);
      writeFileSync(file, await response.body());
      if (shots) copyFileSync(file, join(shots, `${name}-${sent.reference}.pdf`));
      const text = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
      rmSync(folder, { recursive: true });
      return text;
    },
    async reloadAndGoBack({ reference }) {
      await page.reload();
      assert.match(page.url(), new RegExp(reference));
      await page.goBack();
      const again = page.locator('form[action$="/submit"] button[type=submit]');
      if ((await again.count()) > 0) await again.first().click();
      else await page.goForward();
      assert.match(page.url(), new RegExp(reference));
    },
    async sees(text) {
      await self.status();
      await page.getByText(text).first().waitFor();
    },
    async reply() {
      await self.status();
      const form = page.locator('form[action*="/act/"]').first();
      for (const box of await form.locator('textarea').all()) await box.fill('Hier ist die fehlende Unterlage.');
      for (const file of await form.locator('input[type=file]').all()) await file.setInputFiles(sampleFile(await file.getAttribute('accept')));
      await form.locator('button[type=submit]').first().click();
      const errors = await page.locator('[data-errors] li').allInnerTexts();
      assert.deepEqual(errors, []);
    },
    async pay() {
      await self.status();
      await page.locator('a[href^="/pay/"]').first().click();
      await axe(page, script);
      await page.locator('button[value="paid"]').first().click();
      await self.status();
      assert.equal(await page.locator('a[href^="/pay/"]').count(), 0);
    },
    async hasDocument(name) {
      await self.status();
      await page.locator(`a[href$="/documents/${name}"]`).first().waitFor();
      return self.text(name);
    },
  };
  return self;
}

/// The form of an action; its address also carries the way back to the list.
function actionForm(event) {
  return `form[action*="/act/${event}?"]`;
}

export async function clerk(browser, account, script) {
  const page = await context(browser, script);
  const log = readFileSync(process.env.SCHALTER_LOG, 'utf8');
  const password = log.match(new RegExp(`^  ${account}\\s+(\\S+)`, 'm'))[1];
  await page.goto(`${address}/staff/login`);
  await axe(page, script);
  await page.locator('[autocomplete="username"]').fill(account);
  await page.locator('[autocomplete="current-password"]').fill(password);
  await page.locator('main button[type=submit]').first().click();
  await page.waitForURL(/\/staff\/?(\?.*)?$/);
  const self = {
    page,
    async canFind(reference) {
      await page.goto(`${address}/staff?status=all&owner=all&q=${reference}`);
      return (await page.locator(`table a.st-reference:text-is("${reference}")`).count()) > 0;
    },
    async find(reference, shot) {
      assert.ok(await self.canFind(reference), `${reference} is in the queue`);
      await axe(page, script);
      if (shot) await shoot(page, shot);
      await page.locator(`table a.st-reference:text-is("${reference}")`).first().click();
      await axe(page, script);
      if (shot) await shoot(page, `${shot}-case`);
    },
    async sees(text) {
      await page.getByText(text).first().waitFor();
    },
    async offers(event) {
      return (await page.locator(actionForm(event)).count()) > 0;
    },
    async act(event, answers = {}) {
      const form = page.locator(actionForm(event)).first();
      const fold = page.locator(`details:has(${actionForm(event)})`);
      if ((await fold.count()) > 0 && (await fold.first().getAttribute('open')) === null) await fold.first().locator('summary').first().click();
      for (const [name, value] of Object.entries(answers)) await form.locator(`[name="${name}"]`).fill(value);
      await form.locator('button[type=submit]').first().click();
      const errors = await page.locator('[data-errors] li').allInnerTexts();
      assert.deepEqual(errors, [], event);
    },

    async leave() {
      await page.context().close();
    },
  };
  return self;
}
