// Filling the pages of an assistant from flat answers, as a person with the
// page before them would: what is not asked is not answered.

/// The smallest content that is what its name says.
const files = [
  ['pdf', 'application/pdf', '%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n'],
  ['jpg', 'image/jpeg', '\xff\xd8\xff\xe0\0\x10JFIF\0\x01'],
  ['png', 'image/png', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR'],
  ['csv', 'text/csv', 'a;b\n1;2\n'],
  ['txt', 'text/plain', 'Text\n'],
];

export function sampleFile(accept = '') {
  const [ending, mimeType, content] = files.find(([ending]) => accept.includes(`.${ending}`)) ?? files[0];
  return { name: `nachweis.${ending}`, mimeType, buffer: Buffer.from(content, 'latin1') };
}

/// Fills everything the form asks and the answers know: entries of lists and
/// files first ask the server for more of the page. Returns how many controls
/// were filled.
export async function fillForm(page, form, flat, done = new Set()) {
  let filled = 0;
  for (let more = 0; more < 40; more += 1) {
    const controls = await form.locator('input[name], select[name], textarea[name]').evaluateAll((nodes) =>
      nodes.map((node) => ({ name: node.name, kind: node.tagName === 'INPUT' ? node.type : node.tagName.toLowerCase(), value: node.value, checked: node.checked === true, accept: node.accept })));
    for (const control of controls) filled += await fillControl(form, control, flat) ? 1 : 0;
    await chooseSlot(form, controls);
    if (await nextEntry(form, controls, flat, done)) continue;
    if (await nextFile(form, controls, flat, done)) continue;
    return filled;
  }
  throw new Error(`${page.url()} asks for entries without an end`);
}

function wanted(flat, name) {
  const value = flat[name];
  if (value === true || value === 'true') return ['yes', 'true'];
  if (value === false || value === 'false') return ['no', 'false'];
  return Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];
}

async function fillControl(form, { name, kind, value, checked }, flat) {
  const field = form.locator(`[name="${name}"]`);
  if (kind === 'hidden' || kind === 'file') return false;
  if (name.endsWith('.later')) {
    if (!checked && !(flat[name.replace(/\.later$/, '').replace(/^file\./, '')]?.length > 0)) await field.check();
    return !checked;
  }
  if (kind === 'radio' || kind === 'checkbox') {
    if (checked || !wanted(flat, name).includes(value)) return false;
    await form.locator(`[name="${name}"][value="${value}"]`).check();
    return true;
  }
  const text = typed(flat, name);
  if (text === undefined || text === value) return false;
  if (kind === 'select') await field.selectOption(text);
  else await field.fill(text);
  return true;
}

/// What is typed: dates in three parts, decimals with a comma.
function typed(flat, name) {
  if (flat[name] !== undefined) return String(flat[name]).replace(/^(-?\d+)\.(\d+)$/, '$1,$2');
  const [, path, part] = /^(.+)\.(year|month|day)$/.exec(name) ?? [];
  if (path === undefined || typeof flat[path] !== 'string') return undefined;
  return flat[path].split('-')[['year', 'month', 'day'].indexOf(part)];
}

/// The slot of the answers where it is free, else the first that is offered.
async function chooseSlot(form, controls) {
  const offered = form.locator('.s-slot-day input[type=radio]');
  if (await offered.count() === 0) return;
  const name = await offered.first().getAttribute('name');
  if (!controls.some((control) => control.name === name && control.checked) && await form.locator(`[name="${name}"]:checked`).count() === 0) await offered.first().check();
}

/// Asks for the next entry of a list that has answers and no place yet.
async function nextEntry(form, controls, flat, done) {
  for (const name of Object.keys(flat)) {
    for (const [, list, at] of name.matchAll(/(?<=^(.*))\.(\d+)(?=\.)/g)) {
      const entry = `${list}.${at}`;
      if (done.has(entry) || controls.some((control) => control.name.replace(/^file\./, '').startsWith(`${entry}.`))) continue;
      const add = form.locator(`button[value="add:${list}"]`);
      if (await add.count() === 0) continue;
      done.add(entry);
      await add.first().click();
      return true;
    }
  }
  return false;
}

/// Hands in the next file the answers have.
async function nextFile(form, controls, flat, done) {
  for (const { name, kind, accept } of controls) {
    if (kind !== 'file' || done.has(name) || !(flat[name.replace(/^file\./, '')]?.length > 0)) continue;
    done.add(name);
    const field = form.locator(`input[type=file][name="${name}"]`);
    await field.setInputFiles(sampleFile(accept));
    const upload = form.locator(`button[name="_do"][value="upload:${name.replace(/^file\./, '')}"]`);
    if (await upload.count() === 0) continue;
    await upload.first().click();
    return true;
  }
  return false;
}
