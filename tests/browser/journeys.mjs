// The three journeys, citizen to clerk to letter, with and without JavaScript.
import assert from 'node:assert/strict';
import { citizen, clerk, launch, shoot, counts } from './town.mjs';

const browser = await launch();
let failed = 0;
let passed = 0;

async function journey(name, run) {
  try {
    await run();
    passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    for (const [index, page] of browser.contexts().flatMap((context) => context.pages()).entries()) {
      await shoot(page, `failed-${failed}-${index}`).catch(() => {});
    }
    console.log(`FAIL ${name}\n     ${error.stack?.split('\n').slice(0, 6).join('\n     ')}`);
  }
  for (const context of browser.contexts()) await context.close();
}

for (const script of [true, false]) {
  const how = script ? 'with JavaScript' : 'without JavaScript';

  await journey(`business registration to the decision letter, ${how}`, async () => {
    const person = await citizen(browser, script);
    const sent = await person.apply('business-registration', { shots: script ? 'business' : null });
    assert.match(sent.reference, /^MS-\d{4}-[0-9A-Z]{5}-[0-9A-Z]{5}$/);
    const receipt = await person.receipt();
    assert.match(receipt, /Radwerk/);
    assert.match(receipt, new RegExp(sent.reference));
    await person.reloadAndGoBack(sent);

    const staff = await clerk(browser, 'gewerbe', script);
    await staff.find(sent.reference, script ? 'queue' : null);
    await staff.sees('Radwerk');
    await staff.act('take');
    await staff.act('request_information', { missing: 'Bitte reichen Sie die Ausweiskopie nach.' });
    await person.sees('Ausweiskopie');
    if (script) await shoot(person.page, 'status');
    await person.reply();
    await staff.find(sent.reference);
    await staff.act('set_fee');
    await person.pay();
    await staff.find(sent.reference);
    
    await person.hasDocument('confirmation');
    await staff.leave();
  });

  await journey(`course registration to the confirmation and back, ${how}`, async () => {
    const person = await citizen(browser, script);
    await person.apply('vhs-course-registration', {});
    assert.match(await person.receipt(), /S4012/);
    const letter = await person.hasDocument('confirmation');
    assert.match(letter, /S4012/);
    const staff = await clerk(browser, 'vhs', script);
    await staff.find(person.sent().reference);
    await staff.sees('S4012');
    await staff.act('course_cancelled', { reason: 'Die Kursleitung ist erkrankt.' });
    await person.sees('erkrankt');
    await staff.leave();
  });

  await journey(`map order with payment, ${how}`, async () => {
    const person = await citizen(browser, script);
    // Once paid at once, once on an invoice, which is then the letter.
    const sent = await person.apply('map-product-order', { change: { 'payment.payment_method': script ? 'online' : 'invoice' } });
    if (script) await person.pay();
    const staff = await clerk(browser, 'kartografie', script);
    await staff.find(sent.reference);
    await staff.act('ship', { shipment: 'Paket 00340' });
    if (!script) assert.match(await person.hasDocument('invoice'), /35,50/);
    await person.sees('Paket 00340');
    await staff.leave();
  });

  await journey(`a clerk of another department gets 404, ${how}`, async () => {
    const person = await citizen(browser, script);
    const sent = await person.apply('map-product-order', {});
    const staff = await clerk(browser, 'gewerbe', script);
    assert.equal(await staff.canFind(sent.reference), false);
    await staff.leave();
  });
}

await journey('every other page of the town', async () => {
  const person = await citizen(browser, true);
  for (const path of ['/de/', '/en/', '/de/status', '/de/resume', '/de/verify', '/de/accessibility', '/de/privacy', '/de/imprint', '/demo/mails', '/staff/login', '/de/services/business-registration', '/en/services/vhs-course-registration', '/de/services/map-product-order', '/de/search?q=Gewerbeschein', '/de/search?q=Raumschiff', '/de/a-z/g', '/en/a-z', '/de/portals/business', '/de/situations/starting-a-business', '/de/departments', '/de/departments/public-order', '/de/services/business-registration/checklist?legal_form=gmbh', '/de/contact', '/en/contact/sent']) {
    await person.visit(path);
  }
  await shoot(person.page, 'portal', '/de/');
});

await browser.close();
console.log(`${counts.pages} pages checked with axe, ${counts.violations} violations`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && counts.violations === 0 ? 0 : 1);
