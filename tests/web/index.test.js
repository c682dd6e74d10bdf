import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const web = fileURLToPath(new URL('../../web/', import.meta.url));
const index = readFileSync(path.join(web, 'index.html'), 'utf8');
const modules = ['js', 'js/ui'].flatMap((folder) => readdirSync(path.join(web, folder))
  .filter((file) => file.endsWith('.js'))
  .map((file) => `${folder}/${file}`));

test('every module is fetched at once, not when another one asks for it', () => {
  const preloaded = [...index.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, href]) => href);
  assert.deepEqual(preloaded.sort(), modules.filter((one) => one !== 'js/main.js').sort());
});

test('everything that the page names is there, and nothing is fetched from elsewhere', () => {
  for (const [, target] of index.matchAll(/(?:href|src)="([^"#]+)/g)) {
    assert.ok(existsSync(path.join(web, target)), target);
  }
  const sources = [...modules, 'index.html', ...readdirSync(path.join(web, 'css')).map((file) => `css/${file}`)];
  for (const file of sources) {
    const text = readFileSync(path.join(web, file), 'utf8').replaceAll('http://www.w3.org/2000/svg', '');
    assert.doesNotMatch(text, /(?:src|href)="?https?:|url\(["']?https?:|from ['"]https?:/, file);
  }
});

test('every icon that is used is drawn', () => {
  const drawn = new Set([...readFileSync(path.join(web, 'icons.svg'), 'utf8').matchAll(/<symbol id="([^"]+)"/g)]
    .map(([, id]) => id));
  for (const [, id] of index.matchAll(/icons\.svg#([a-z-]+)/g)) assert.ok(drawn.has(id), id);
  for (const file of modules) {
    const text = readFileSync(path.join(web, file), 'utf8');
    for (const [, id] of text.matchAll(/icon\('([a-z-]+)'/g)) assert.ok(drawn.has(id), `${file}: ${id}`);
  }
});

test('every element that a module asks for is in the page', () => {
  for (const file of modules) {
    const text = readFileSync(path.join(web, file), 'utf8');
    for (const [, id] of text.matchAll(/byId\('([^']+)'\)/g)) {
      assert.ok(index.includes(`id="${id}"`), `${file}: ${id}`);
    }
  }
});
