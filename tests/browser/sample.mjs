// Twenty services, all workflows and as many departments as twenty can be, each
// from its service page to the reference number with the answers of its own
// scenarios, with axe on every page of each. In German and English by turns;
// some on the narrowest phone, some without JavaScript.
//
// usage: node sample.mjs [SERVICE[:SCENARIO]]...   others than the twenty
import assert from 'node:assert/strict';
import { answers, service } from './answers.mjs';
import { citizen, launch, shoot, counts } from './town.mjs';

const definitions = process.env.SCHALTER_DEFINITIONS;
const twenty = [
  'food-hygiene-instruction', // a date of a course
  'music-school-registration', // a child, direct debit
  'library-card-application',
  'archive-research-request', // a list
  'marriage-registration:accession', // two people who confirm apart
  'declaration-of-commitment:organisation', // an appointment, a company
  'childminder-permit:group', // a list, a file
  'business-change:company-online', // a company
  'self-containment-certificate', // files
  'care-assistance:at-home', // money
  'club-sports-grant', // money, lists, bank account
  'environmental-information-request',
  'food-complaint:known',
  'planning-participation-statement',
  'citizen-petition',
  'event-permit', // several departments
  'grave-monument-permit',
  'moving-no-parking-zone:two-places-three-days', // a list, a file
  'second-home-tax-declaration',
  'id-card-passport-appointment', // an appointment
];
const wanted = process.argv.slice(2);
const sample = wanted.length > 0 ? wanted : twenty;
const narrow = [3, 9];
const plain = [6, 14];

const browser = await launch();
const failed = [];
const spread = { departments: new Set(), workflows: new Set() };

async function walk(entry, number) {
  const [id, scenario] = entry.split(':');
  const language = number % 2 === 0 ? 'de' : 'en';
  const script = !plain.includes(number);
  const width = narrow.includes(number) ? 320 : undefined;
  const name = `${entry}, ${language}${width ? `, ${width} px` : ''}${script ? '' : ', without JavaScript'}`;
  const person = await citizen(browser, script, { width, language, thorough: true });
  try {
    await arrive(person, id, answers(definitions, id, scenario), language);
    console.log(`ok   ${name}`);
  } catch (error) {
    failed.push(name);
    await shoot(person.page, `failed-sample-${id}`).catch(() => {});
    console.log(`FAIL ${name}\n     ${error.stack?.split('\n').slice(0, 6).join('\n     ')}`);
  }
  await person.page.context().close();
}

async function arrive(person, id, given, language) {
  const shots = `sample-${id}`;
  const { department, workflow } = service(definitions, id);
  spread.departments.add(department);
  spread.workflows.add(workflow);
  await person.visit(`/${language}/services/${id}`);
  if (await person.page.locator('a[href$="/checklist"]').count() > 0) {
    await person.visit(`/${language}/services/${id}/checklist`);
    await shoot(person.page, `${shots}-checklist`);
  }
  const { reference } = await person.apply(id, { given: given.flat, shots });
  assert.match(reference, /^MS-\d{4}-[0-9A-Z]{5}-[0-9A-Z]{5}$/);
  await person.status();
  await shoot(person.page, `${shots}-status`);
  assert.match(await person.receipt(), new RegExp(reference));
  if (given.party) await person.confirmsAsParty(given.party, shots);
  await person.visit(`/${language}/departments/${department}`);
}

// Two at a time: the browser and the server wait for each other in turn.
const waiting = sample.map((entry, number) => () => walk(entry, number));
await Promise.all([1, 2].map(async () => {
  while (waiting.length > 0) await waiting.shift()();
}));

await browser.close();
console.log(`${spread.departments.size} departments, ${spread.workflows.size} workflows; ${counts.pages} pages checked with axe, ${counts.violations} violations`);
console.log(`${sample.length - failed.length} passed, ${failed.length} failed`);
process.exit(failed.length === 0 && counts.violations === 0 ? 0 : 1);
