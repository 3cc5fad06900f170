// node draw.mjs PROMETHEUS SECONDS SCRAPE WIDTH OUT DASHBOARD.json…
//
// Draws dashboards from the last SECONDS of a Prometheus that scrapes every SCRAPE seconds. Fails if a
// query fails, a panel or option is unknown, a title, heading or name is cut, or a picture is too large.
import { build } from 'esbuild';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join, normalize } from 'node:path';
import puppeteer from 'puppeteer-core';

import { cutTexts } from './cut.mjs';
import { LARGEST, small } from './png.mjs';
import { results } from './queries.mjs';

const HERE = import.meta.dirname;
// What Grafana's components ask for, and the packages that have it.
const FILES = [
  [/^\/public\/build\/img\/icons\/(.+)$/, '@grafana/ui/dist/public/img/icons/$1'],
  [/^\/public\/fonts\/inter\/(.+)$/, 'inter-ui/web/$1'],
  [/^\/public\/fonts\/roboto\/.+$/, '@fontsource/roboto-mono/files/roboto-mono-latin-400-normal.woff2'],
];
const [url, seconds, scrape, width, out, ...files] = process.argv.slice(2).map((text) => (/^\d+$/.test(text) ? Number(text) : text));

const to = Math.floor(Date.now() / 1000);
const source = { url, scrape, width, from: to - seconds, to };
const defects = [];
const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
const server = await serve();
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  userDataDir: profile,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--force-color-profile=srgb'],
});
try {
  for (const file of files) await draw(file);
} finally {
  await browser.close();
  server.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
for (const defect of defects) console.error(defect);
process.exit(defects.length > 0 ? 1 : 0);

async function draw(file) {
  const dashboard = JSON.parse(readFileSync(file, 'utf8'));
  const report = (what) => defects.push(`${dashboard.uid}: ${what}`);
  const page = await browser.newPage();
  page.on('pageerror', (error) => report(error.message));
  page.on('requestfailed', (request) => report(`${request.url()}: not loaded`));
  await page.setViewport({ width, height: 800 });
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const drawn = { dashboard, results: await results(dashboard, source), from: source.from, to, width };
  await page.evaluate((given) => window.draw(given), drawn);
  await page.waitForNetworkIdle({ idleTime: 500 });
  // At its full height, so that a table renders all the rows that its panel shows.
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewport({ width, height });
  await new Promise((done) => setTimeout(done, 1000));
  const cut = await page.evaluate(cutTexts);
  cut.cells.forEach((cell) => console.log(`note: ${dashboard.uid}: ${cell}`));
  cut.defects.forEach(report);
  const size = await save(await page.screenshot({ type: 'png' }), join(out, `${dashboard.uid.replace(/^ovhcloud-/, '')}.png`));
  if (size > LARGEST) report(`picture of ${size} bytes, more than ${LARGEST}`);
  await page.close();
}

async function save(picture, path) {
  const made = await small(picture);
  await writeFile(path, made);
  console.log(`${path}: ${made.length} bytes`);
  return made.length;
}

// The page, and Grafana's icons and fonts at the addresses that its components ask for.
async function serve() {
  const { outputFiles } = await build({
    entryPoints: [join(HERE, 'page/main.jsx')],
    bundle: true,
    write: false,
    outdir: '/',
    format: 'iife',
    jsx: 'automatic',
    logLevel: 'error',
    minify: true,
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    loader: { '.woff2': 'dataurl', '.svg': 'dataurl', '.png': 'dataurl', '.ttf': 'empty' },
  });
  const pages = new Map(outputFiles.map(({ path, contents }) => [path, contents]));
  pages.set('/', '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><link rel="stylesheet" href="/main.css"><div id="root"></div><script src="/main.js"></script>');
  const types = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
  const server = createServer(async (request, response) => {
    const path = normalize(request.url);
    const body = pages.get(path) ?? (await packaged(path));
    const type = types[/\.\w+$/.exec(basename(path))?.[0]] ?? 'text/html';
    response.writeHead(body ? 200 : 404, { 'Content-Type': type }).end(body);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}

async function packaged(path) {
  const [pattern, file] = FILES.find(([one]) => one.test(path)) ?? [];
  return pattern && readFile(join(HERE, 'node_modules', path.replace(pattern, file))).catch(() => undefined);
}
