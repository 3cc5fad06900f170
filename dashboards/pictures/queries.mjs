// The part of Grafana's Prometheus data source that is in none of its components: variables,
// intervals, and the data frames of a result.

// Returns the results of every panel of a dashboard, by panel id.
export async function results(dashboard, source) {
  const variables = await resolved(dashboard, source);
  const made = {};
  for (const panel of panelsOf(dashboard)) {
    made[panel.id] = await frames(panel, variables, source);
  }
  return made;
}

// The panels that draw data, also those inside collapsed rows.
export function panelsOf(dashboard) {
  return dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]).filter((panel) => panel.type !== 'row');
}

async function frames(panel, variables, source) {
  const targets = (panel.targets ?? []).filter((target) => !target.hide);
  const found = await Promise.all(targets.map((target) => ask(panel, target, variables, source)));
  const tables = found.filter(({ target }) => target.format === 'table');
  return found.flatMap(({ target, series, step }) => {
    if (target.format === 'table') return table(target, series, tables.length);
    if (target.format === 'heatmap') return buckets(target, series, step);
    return series.map((one) => oneFrame(target, one, step));
  });
}

async function ask(panel, target, variables, source) {
  const step = stepOf(panel, source);
  const times = {
    __interval: `${step}s`,
    __interval_ms: step * 1000,
    __range: `${source.to - source.from}s`,
    __range_s: source.to - source.from,
    __range_ms: (source.to - source.from) * 1000,
    __rate_interval: `${Math.max(step + source.scrape, 4 * source.scrape)}s`,
  };
  const query = interpolate(target.expr, { ...variables, ...times });
  const data = target.instant
    ? await get(source, 'query', { query, time: source.to })
    : await get(source, 'query_range', { query, step, start: floor(source.from, step), end: floor(source.to, step) });
  if (data.resultType === 'scalar') return { target, step, series: [{ metric: {}, values: [data.result] }] };
  const series = data.result.map(({ metric, value, values }) => ({ metric, values: values ?? [value] }));
  return { target, step, series };
}

const floor = (time, step) => Math.floor(time / step) * step;

// A point per two pixels, as Grafana's `maxDataPoints` by the width of a panel, and not finer than the
// scrapes. The targets' own `interval` names the scrape interval of the README; this one is shorter.
function stepOf(panel, source) {
  const points = panel.maxDataPoints ?? (source.width / 24) * (panel.gridPos?.w ?? 24);
  const finest = Math.ceil((source.to - source.from) / points);
  return Math.max(finest, source.scrape);
}

async function get(source, path, parameters) {
  const answer = await fetch(`${source.url}/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(parameters) });
  const { data, error, warnings } = await answer.json();
  if (error) throw new Error(`${error}: ${parameters.query}`);
  if (warnings?.length) throw new Error(`${warnings.join(', ')}: ${parameters.query}`);
  return data;
}

// The values of the dashboard's variables as it opens: "All", or the first value.
async function resolved(dashboard, source) {
  const made = {};
  for (const variable of dashboard.templating?.list ?? []) {
    made[variable.name] = await valueOf(variable, made, source);
  }
  return made;
}

async function valueOf(variable, earlier, source) {
  const { type, current, query } = variable;
  if (type === 'datasource') return 'prometheus';
  if (type === 'constant' || type === 'textbox') return current?.value ?? query ?? '';
  const chosen = [current?.value ?? []].flat();
  const all = chosen.length === 0 ? variable.includeAll : chosen.includes('$__all');
  if (!all && chosen.length > 0) return regex(chosen);
  if (all && variable.allValue) return variable.allValue;
  const options = type === 'query' ? await labelValues(variable, earlier, source) : listed(variable);
  return all ? regex(options) : (options[0] ?? '');
}

const listed = ({ query, options }) =>
  options?.length ? options.map(({ value }) => value).filter((value) => value !== '$__all') : String(query).split(',').map((value) => value.split(' : ').pop().trim());

const regex = (values) => (values.length === 1 ? values[0] : `(${values.map((value) => value.replace(/[.*+?^${}()|[\]\\]/g, '\\\\$&')).join('|')})`);

async function labelValues({ name, query }, earlier, source) {
  const [, metric, label] = /^label_values\((.*),\s*(\w+)\)$/.exec(query.query ?? query) ?? [];
  if (!label) throw new Error(`variable ${name}: not label_values(metric, label)`);
  const data = await get(source, 'query', { query: `group by (${label}) (${interpolate(metric, earlier)})`, time: source.to });
  return data.result.map(({ metric: labels }) => labels[label]).filter(Boolean).sort();
}

export function interpolate(text, values) {
  return text.replace(/\$\{(\w+)(?::\w+)?\}|\$(\w+)/g, (whole, braced, plain) => {
    const name = braced ?? plain;
    if (name in values) return values[name];
    // A group of label_replace.
    if (/^\d+$/.test(name)) return whole;
    throw new Error(`unknown variable ${whole}`);
  });
}

const number = (text) => (text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text));

function timeField(values, step) {
  return { name: 'Time', type: 'time', config: step ? { interval: step * 1000 } : {}, values };
}

function oneFrame(target, { metric, values }, step) {
  const name = legend(target, metric);
  const config = name === undefined ? {} : { displayNameFromDS: name };
  const times = values.map(([time]) => time * 1000);
  const numbers = values.map(([, value]) => number(value));
  return {
    refId: target.refId,
    name,
    length: times.length,
    fields: [timeField(times, target.instant ? undefined : step), { name: 'Value', type: 'number', config, labels: metric, values: numbers }],
  };
}

function legend({ legendFormat, expr }, labels) {
  const { __name__: metric = '', ...others } = labels;
  const all = `${metric}{${Object.entries(others).map(([name, value]) => `${name}="${value}"`).join(', ')}}`;
  if (legendFormat === '__auto') return Object.keys(labels).length > 0 ? undefined : expr;
  if (legendFormat) return legendFormat.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name) => labels[name] ?? '');
  return all === '{}' ? expr : all;
}

// One row per series, a column per label. Several queries have columns `Value #A`, `Value #B`, ….
function table(target, series, tables) {
  if (series.length === 0 && tables === 1) return [{ refId: target.refId, length: 0, fields: [] }];
  const labels = [];
  for (const { metric } of series) {
    for (const name of Object.keys(metric).sort()) if (!labels.includes(name)) labels.push(name);
  }
  const rows = series.flatMap(({ metric, values }) => values.map(([time, value]) => ({ metric, time: time * 1000, value: number(value) })));
  const columns = labels.map((name) => ({ name, type: 'string', config: { filterable: true }, values: rows.map(({ metric }) => metric[name] ?? '') }));
  const value = { name: tables > 1 ? `Value #${target.refId}` : 'Value', type: 'number', config: {}, values: rows.map((row) => row.value) };
  return [{ refId: target.refId, length: rows.length, fields: [timeField(rows.map((row) => row.time)), ...columns, value] }];
}

// The cumulative buckets of a histogram as one frame of counts per bucket, smallest bound first.
function buckets(target, series, step) {
  if (series.length === 0) return [];
  const bounds = series.map((one) => ({ le: number(one.metric.le), one })).sort((a, b) => a.le - b.le);
  const times = [...new Set(series.flatMap(({ values }) => values.map(([time]) => time)))].sort((a, b) => a - b);
  let below = times.map(() => 0);
  const fields = bounds.map(({ le, one }) => {
    const counts = new Map(one.values.map(([time, value]) => [time, number(value)]));
    const reached = times.map((time, index) => counts.get(time) ?? below[index]);
    const values = reached.map((count, index) => (counts.size ? Math.max(0, count - below[index]) : null));
    below = reached;
    return { name: le === Infinity ? '+Inf' : String(le), type: 'number', config: {}, labels: { le: one.metric.le }, values };
  });
  return [{ refId: target.refId, meta: { type: 'heatmap-rows' }, length: times.length, fields: [timeField(times.map((time) => time * 1000), step), ...fields] }];
}
