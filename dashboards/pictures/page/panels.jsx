// The panels: what Grafana's panel plugins do around the components of @grafana/ui.
import { FieldType, getDisplayValueAlignmentFactors, getFieldDisplayValues, VizOrientation } from '@grafana/data';
import { BarGauge, BigValue, TimeSeries, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';

import { theme } from './config.js';
import { Heatmap } from './heatmap.jsx';

const unchanged = (value) => value;
const hasData = (series) => series.some((frame) => frame.length > 0 && frame.fields.length > 0);

function Empty({ fieldConfig }) {
  return <div className="empty">{fieldConfig.defaults.noValue || 'No data'}</div>;
}

function displayValues({ panel, series, fieldConfig }) {
  const reduceOptions = panel.options.reduceOptions ?? { calcs: ['lastNotNull'] };
  return getFieldDisplayValues({ fieldConfig, reduceOptions, replaceVariables: unchanged, theme, data: series, timeZone: 'utc', sparkline: panel.type === 'stat' && panel.options.graphMode !== 'none' });
}

function Repeated({ shown, width, height, children, ...layout }) {
  return (
    <VizRepeater getValues={() => displayValues(shown)} getAlignmentFactors={getDisplayValueAlignmentFactors} renderValue={children} width={width} height={height} source={shown} renderCounter={0} {...layout} />
  );
}

function textMode({ options }, count, name) {
  if ((options.textMode ?? 'auto') !== 'auto') return options.textMode;
  return count === 1 || !name ? 'value' : 'value_and_name';
}

function Stat({ shown, width, height }) {
  const { panel } = shown;
  const { colorMode, graphMode, justifyMode, text, wideLayout } = panel.options;
  return (
    <Repeated shown={shown} width={width} height={height} itemSpacing={3} autoGrid orientation={panel.options.orientation ?? VizOrientation.Auto}>
      {({ value, alignmentFactors, width: wide, height: tall, count }) => (
        <BigValue value={value.display} count={count} sparkline={value.sparkline} colorMode={colorMode} graphMode={graphMode} justifyMode={justifyMode} textMode={textMode(panel, count, value.display.title)} alignmentFactors={alignmentFactors} text={text} width={wide} height={tall} theme={theme} wideLayout={wideLayout ?? true} />
      )}
    </Repeated>
  );
}

function Bars({ shown, width, height }) {
  const { orientation, displayMode, showUnfilled, valueMode, namePlacement, sizing, minVizHeight, minVizWidth, maxVizHeight, text } = shown.panel.options;
  const manual = sizing === 'manual';
  const layout = {
    orientation,
    itemSpacing: displayMode === 'lcd' ? 2 : 10,
    minVizWidth: manual ? minVizWidth : 8,
    minVizHeight: manual ? minVizHeight : 16,
    maxVizHeight: manual ? maxVizHeight : 300,
  };
  return (
    <Repeated shown={shown} width={width} height={height} {...layout}>
      {({ value, alignmentFactors, orientation: turned, width: wide, height: tall }) => (
        <BarGauge value={value.display} width={wide} height={tall} orientation={turned} field={value.field} text={text} display={value.view?.getFieldDisplayProcessor(value.colIndex ?? 0)} theme={theme} itemSpacing={layout.itemSpacing} displayMode={displayMode} alignmentFactors={alignmentFactors} showUnfilled={showUnfilled} valueDisplayMode={valueMode} namePlacement={namePlacement} />
      )}
    </Repeated>
  );
}

function Lines({ shown, width, height, range }) {
  if (!hasData(shown.series)) return <Empty fieldConfig={shown.fieldConfig} />;
  const { legend } = shown.panel.options;
  const frames = shown.series.filter(({ fields }) => fields.some(({ type }) => type === FieldType.number));
  return <TimeSeries frames={frames} structureRev={1} timeRange={range} timeZone="utc" width={width} height={height} legend={legend ?? { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] }} options={shown.panel.options} />;
}

function Rows({ shown, width, height, range }) {
  const { options } = shown.panel;
  const [frame] = shown.series.filter(({ fields }) => fields.length > 0);
  if (!frame) return <Empty fieldConfig={shown.fieldConfig} />;
  return (
    <TableNG data={frame} width={width} height={height} noHeader={options.showHeader === false} noValue={shown.fieldConfig.defaults.noValue} cellHeight={options.cellHeight} initialSortBy={options.sortBy} sortBy={options.sortBy} showTypeIcons={options.showTypeIcons} enablePagination={options.enablePagination ?? options.footer?.enablePagination} frozenColumns={options.frozenColumns?.left} timeRange={range} fieldConfig={shown.fieldConfig} structureRev={1} enableVirtualization />
  );
}

function Words({ shown }) {
  if (shown.panel.options.mode === 'html') throw new Error('text panel in HTML: not drawn');
  return <div className="words">{shown.panel.options.content}</div>;
}

function Buckets({ shown, ...size }) {
  return hasData(shown.series) ? <Heatmap shown={shown} {...size} /> : <Empty fieldConfig={shown.fieldConfig} />;
}

const PANELS = { bargauge: Bars, heatmap: Buckets, stat: Stat, table: Rows, text: Words, timeseries: Lines };

export function Content({ shown, ...size }) {
  const { type } = shown.panel;
  if (!(type in PANELS)) throw new Error(`panel type ${type}: unknown`);
  const Drawn = PANELS[type];
  return <Drawn shown={shown} {...size} />;
}
