// Answers of a service as its own scenarios give them, flat by the paths of the
// questions: `participants.0.birth_date`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/// Every scalar stays the text that is written: dates, amounts, postcodes.
function read(file) {
  return parse(readFileSync(file, 'utf8'), { schema: 'failsafe' });
}

/// Department and workflow of a service, to see how far a sample is spread.
export function service(definitions, id) {
  const form = read(join(definitions, 'forms', id, 'form.yaml'));
  const workflow = typeof form.workflow === 'string' ? form.workflow : form.workflow.id;
  return { department: form.service.department, workflow };
}

/// A scenario by its id, else the first whose answers are accepted without a word.
/// Dates are as far from today as they are from the day of the scenario.
export function answers(definitions, id, wanted) {
  const all = read(join(definitions, 'forms', id, 'scenarios.yaml'));
  const scenario = all.scenarios.find((one) => (wanted ? one.id === wanted : one.expect?.findings === undefined));
  if (!scenario) throw new Error(`${id} has no scenario ${wanted ?? 'that is accepted'}`);
  const begin = scenario.now ?? (inherited(all, scenario.base) || all.now);
  const days = Math.round((Date.parse(new Date().toISOString().slice(0, 10)) - Date.parse(begin.slice(0, 10))) / 86_400_000);
  const confirming = (scenario.steps ?? []).find((step) => step.as?.startsWith('party/') && step.do === 'confirm' && !step.refused);
  return {
    scenario: scenario.id,
    flat: moved(flatten(of(all, scenario)), days),
    party: confirming && moved(flatten(confirming.with ?? {}), days),
  };
}

/// The moment a scenario takes over from the one it stands on.
function inherited(all, base) {
  const earlier = all.answers?.[base] === undefined && all.scenarios.find((one) => one.id === base);
  return earlier && (earlier.now ?? inherited(all, earlier.base));
}

/// The answers a scenario begins with: those of its base with its changes.
function of(all, scenario) {
  const base = scenario.base && (all.answers?.[scenario.base] ?? of(all, all.scenarios.find((one) => one.id === scenario.base)));
  const made = structuredClone(base ?? {});
  for (const [path, value] of Object.entries(scenario.answers ?? {})) change(made, path.split('.'), value);
  return made;
}

/// Maps are merged into maps, `null` takes an answer away, the rest replaces.
function change(into, [key, ...rest], value) {
  if (rest.length > 0) {
    into[key] ??= {};
    change(into[key], rest, value);
  } else if (value === null || value === 'null' || value === '~') {
    delete into[key];
  } else if (isMap(value) && isMap(into[key])) {
    for (const [name, inner] of Object.entries(value)) change(into[key], name.split('.'), inner);
  } else {
    into[key] = structuredClone(value);
  }
}

function isMap(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/// Answers by path; lists of plain values, such as chosen options, stay lists.
export function flatten(value, path = '', flat = {}) {
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) flat[path] = value;
  else if (Array.isArray(value)) value.forEach((item, index) => flatten(item, `${path}.${index}`, flat));
  else if (value !== null && typeof value === 'object') for (const [key, item] of Object.entries(value)) flatten(item, path ? `${path}.${key}` : key, flat);
  else flat[path] = value;
  return flat;
}

function moved(flat, days) {
  for (const [path, value] of Object.entries(flat)) {
    const date = /^(\d{4}-\d{2}-\d{2})(T.*)?$/.exec(value);
    if (!date) continue;
    const day = new Date(Date.parse(date[1]) + days * 86_400_000);
    flat[path] = day.toISOString().slice(0, 10) + (date[2] ?? '');
  }
  return flat;
}
