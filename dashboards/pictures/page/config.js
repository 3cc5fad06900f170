// Grafana's field configuration: the options that dashboards set by defaults and by overrides. The
// registries of the panels are in Grafana's frontend, not in its packages.
import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  createTheme,
  FieldConfigOptionsRegistry,
  FieldType,
  identityOverrideProcessor,
  standardTransformers,
  standardTransformersRegistry,
  thresholdsOverrideProcessor,
  toDataFrame,
  transformDataFrame,
} from '@grafana/data';
import { lastValueFrom } from 'rxjs';

export const theme = createTheme({ colors: { mode: 'dark' } });
// By id, because some are there under two names.
const transformers = new Map(Object.values(standardTransformers).map((one) => [one.id, { id: one.id, name: one.name, transformation: async () => one }]));
standardTransformersRegistry.setInit(() => [...transformers.values()]);

const always = () => true;
const numeric = (field) => field.type === FieldType.number;
const STANDARD = {
  unit: always,
  decimals: numeric,
  min: numeric,
  max: numeric,
  fieldMinMax: numeric,
  displayName: always,
  description: always,
  noValue: always,
  color: always,
  thresholds: always,
  mappings: always,
  filterable: always,
  links: always,
};

// What each panel sets if the dashboard does not.
const LINES = {
  drawStyle: 'line',
  lineInterpolation: 'linear',
  lineWidth: 1,
  fillOpacity: 0,
  gradientMode: 'none',
  pointSize: 5,
  showPoints: 'auto',
  spanNulls: false,
  barAlignment: 0,
  axisPlacement: 'auto',
  axisGridShow: true,
  axisBorderShow: false,
  stacking: { mode: 'none', group: 'A' },
};
const THRESHOLDS = { mode: 'absolute', steps: [{ value: null, color: 'green' }, { value: 80, color: 'red' }] };

function defaultsOf(panel) {
  const lines = panel.type === 'timeseries';
  const set = panel.fieldConfig?.defaults ?? {};
  return withLowest({
    color: { mode: lines ? 'palette-classic' : 'thresholds' },
    thresholds: THRESHOLDS,
    ...set,
    custom: { ...(lines ? LINES : {}), ...set.custom },
  });
}

// The lowest step of thresholds has no value in JSON.
function withLowest(defaults) {
  const steps = defaults.thresholds.steps.map((step, index) => (index === 0 ? { ...step, value: -Infinity } : step));
  return { ...defaults, thresholds: { ...defaults.thresholds, steps } };
}

function registry(defaults, overrides) {
  const custom = new Set(Object.keys(defaults.custom));
  for (const { id } of overrides.flatMap(({ properties }) => properties)) {
    if (id.startsWith('custom.')) custom.add(id.slice('custom.'.length));
    else if (!(id in STANDARD)) throw new Error(`override of ${id}: unknown option`);
  }
  const item = (id, path, isCustom, shouldApply) => ({ id, path, name: id, isCustom, shouldApply, process: identityOverrideProcessor });
  const standard = Object.entries(STANDARD).map(([id, applies]) => item(id, id, false, applies));
  standard.find(({ id }) => id === 'thresholds').process = thresholdsOverrideProcessor;
  const own = [...custom].map((name) => item(`custom.${name}`, name, true, always));
  return new FieldConfigOptionsRegistry(() => [...standard, ...own]);
}

// The steps of an override's thresholds, too.
function completeOverride(override) {
  const properties = override.properties.map((property) =>
    property.id === 'thresholds' ? { ...property, value: withLowest({ thresholds: property.value }).thresholds } : property,
  );
  return { ...override, properties };
}

// The frames of a panel after its transformations and with its field options.
export async function prepare(panel, raw) {
  for (const { id } of panel.transformations ?? []) {
    if (!standardTransformersRegistry.getIfExists(id)) throw new Error(`transformation ${id}: unknown`);
  }
  const interpolate = (value) => value;
  const data = await lastValueFrom(transformDataFrame(panel.transformations ?? [], raw.map(toDataFrame), { interpolate }));
  const defaults = defaultsOf(panel);
  const overrides = (panel.fieldConfig?.overrides ?? []).map(completeOverride);
  const fieldConfig = { defaults, overrides };
  const fieldConfigRegistry = registry(defaults, overrides);
  const series = applyFieldOverrides({ data, fieldConfig, fieldConfigRegistry, replaceVariables: interpolate, theme, timeZone: 'utc' });
  cacheFieldDisplayNames(series);
  return { series, fieldConfig };
}
