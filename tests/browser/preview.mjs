// The preview in a real browser: pages follow the folder by themselves, typed
// input is not lost, mistakes stand on the page, also without JavaScript.
import { chromium } from 'playwright-core';
import { readFileSync, writeFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const address = process.env.SCHALTER_ADDRESS, folder = process.env.SCHALTER_DEFINITIONS, shots = process.env.SCHALTER_SHOTS;
const file = folder + '/forms/vhs-course-registration/form.yaml';
const original = readFileSync(file, 'utf8');
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
const context = await browser.newContext({ locale: 'de-DE', viewport: { width: 1280, height: 900 } });
context.setDefaultTimeout(20000);
const page = await context.newPage();
let csp = 0;
page.on('console', (m) => { if (/Content Security Policy/i.test(m.text())) { csp++; console.log(m.text()); } });
try {
  await page.goto(address + '/');
  assert.match(page.url(), /\/de\/services\/vhs-course-registration$/);
  await page.getByText('Nichts wird verschickt').waitFor();
  await page.screenshot({ path: shots + '/preview-service.png' });
  await page.locator('main form button[type=submit]').first().click();
  await page.getByText('Kursnummer', { exact: true }).first().waitFor();
  await page.screenshot({ path: shots + '/preview-step.png' });
  const first = page.url();
  // A changed label appears by itself.
  writeFileSync(file, original.replace('label: { de: Kursnummer, en: Course number }', 'label: { de: Nummer Ihres Kurses, en: Number of your course }'));
  await page.getByText('Nummer Ihres Kurses', { exact: true }).first().waitFor();
  console.log('ok label changes');
  await page.locator('.s-langs a[lang=en], nav a[hreflang=en]').first().click();
  await page.getByText('Number of your course', { exact: true }).first().waitFor();
  await page.screenshot({ path: shots + '/preview-english.png' });
  // Typed input is kept: a note appears instead of a reload.
  await page.locator('[name=course_number]').fill('S4012');
  writeFileSync(file, original);
  await page.locator('.p-new').waitFor({ state: 'visible' });
  assert.equal(await page.locator('[name=course_number]').inputValue(), 'S4012');
  await page.screenshot({ path: shots + '/preview-note.png' });
  await page.locator('.p-new a').click();
  await page.getByText('Course number', { exact: true }).first().waitFor();
  console.log('ok note');
  // Broken: diagnostics with place, the last good version stays.
  writeFileSync(file, original.replace('visible: reduction != "none"', 'visible: reductio != "none"'));
  await page.getByText('You see the last good version').waitFor();
  const problem = page.locator('.p-problem', { hasText: 'reductio' }).first();
  const shown = await problem.innerText();
  assert.match(shown, /forms\/vhs-course-registration\/form\.yaml:\d+:\d+/);
  assert.match(shown, /did you mean `reduction`/);
  await page.getByText('Course number', { exact: true }).first().waitFor();
  await page.screenshot({ path: shots + '/preview-broken.png' });
  const cdp = await context.newCDPSession(page);
  await cdp.send('Runtime.evaluate', { expression: axeSource });
  const { result } = await cdp.send('Runtime.evaluate', { expression: `axe.run(document, { runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa'] }).then(r => JSON.stringify(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(' | '))))`, awaitPromise: true, returnByValue: true });
  assert.equal(result.value, '[]');
  // What was answered changes the page (the course is named), so that the first
  // press stays on it unless the browser had asked for the change before. A
  // reload that was under way may come between typing and sending.
  const number = page.locator('[name=course_number]');
  const next = page.getByRole('heading', { level: 1, name: 'Participants' });
  const chosen = page.getByText('Spanisch A1').first();
  await number.fill('S4012');
  for (let tries = 1; !(await next.isVisible()); tries += 1) {
    assert.ok(tries < 4, 'the form can be used while the definitions are broken');
    if (await number.isVisible() && !(await number.inputValue())) await number.fill('S4012');
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    await next.or(chosen).first().waitFor({ timeout: 20000 }).catch(() => {});
  }
  await page.screenshot({ path: shots + '/preview-used.png' });
  console.log('ok usable while broken');
  writeFileSync(file, original);
  await problem.waitFor({ state: 'detached' });
  console.log('ok repaired');
  // Without script: reload shows the newest.
  const plain = await browser.newContext({ javaScriptEnabled: false, locale: 'de-DE' });
  const quiet = await plain.newPage();
  await quiet.goto(address + '/de/services/vhs-course-registration');
  writeFileSync(file, original.replace(/^title: \{ de: [^,]+,/m, 'title: { de: Kurs buchen,'));
  for (let tries = 0; ; tries += 1) {
    await quiet.reload();
    if ((await quiet.locator('h1').first().innerText()) === 'Kurs buchen') break;
    assert.ok(tries < 100, 'a reload shows the newest title');
    await quiet.waitForTimeout(200);
  }
  console.log('ok without script');
} finally {
  writeFileSync(file, original);
  await browser.close();
}
assert.equal(csp, 0);
