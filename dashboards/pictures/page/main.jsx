// Draws one dashboard: `draw(dashboard, results, range, width)`.
import './page.css';

import { dateTime, setTimeZoneResolver, ThemeContext } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { GlobalStyles, Icon, PanelChrome } from '@grafana/ui';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';

import { prepare, theme } from './config.js';
import { Content } from './panels.jsx';

const CELL = 30;
const GAP = 8;
const PADDING = 16;
const FONTS = ['400 14px Inter', '500 14px Inter', "400 14px 'Roboto Mono'"];
setTimeZoneResolver(() => 'utc');

// Where a panel is, as in Grafana: 24 columns, or one below the other on a phone.
function place(panels, width) {
  const inner = width - 2 * PADDING;
  const phone = width < 768;
  const column = (inner - 23 * GAP) / 24;
  let next = 0;
  return panels.map((panel) => {
    const { x, y, w, h } = panel.gridPos;
    const height = h * CELL + (h - 1) * GAP;
    const box = phone ? { left: 0, top: next, width: inner, height } : { left: x * (column + GAP), top: y * (CELL + GAP), width: w * column + (w - 1) * GAP, height };
    next += height + GAP;
    return { panel, box };
  });
}

function Row({ panel }) {
  return (
    <div className="row">
      <Icon name={panel.collapsed ? 'angle-right' : 'angle-down'} /> <span className="title">{panel.title}</span>
      {panel.collapsed && <span className="aside">({panel.panels.length} panels)</span>}
    </div>
  );
}

function Panel({ shown, box, range }) {
  const { panel } = shown;
  if (panel.type === 'row') return <Row panel={panel} />;
  return (
    <PanelChrome title={panel.title} description={panel.description ? () => panel.description : undefined} displayMode={panel.transparent ? 'transparent' : 'default'} width={box.width} height={box.height}>
      {(width, height) => <Content shown={shown} width={width} height={height} range={range} />}
    </PanelChrome>
  );
}

function Controls({ dashboard, minutes }) {
  const shown = (dashboard.templating?.list ?? []).filter(({ hide }) => hide !== 2);
  return (
    <div className="controls">
      {shown.map(({ name, label, type, current, query }) => (
        <span className="control" key={name}>
          <span className="label">{label || name}</span>
          <span className="value">{type === 'datasource' ? 'Prometheus' : [current?.text ?? query].flat().join(' + ')}</span>
        </span>
      ))}
      <span className="control end">
        <span className="value"><Icon name="clock-nine" size="sm" /> Last {minutes} minutes</span>
      </span>
    </div>
  );
}

function Frame({ children }) {
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      {children}
    </ThemeContext.Provider>
  );
}

function Dashboard({ dashboard, boxes, range, minutes, height }) {
  return (
    <Frame>
      <header>
        <span className="crumb">Dashboards</span> <Icon name="angle-right" /> <span>{dashboard.title}</span>
      </header>
      <Controls dashboard={dashboard} minutes={minutes} />
      <main style={{ height }}>
        {boxes.map(({ shown, box }) => (
          <section key={shown.panel.id} data-panel={shown.panel.title || shown.panel.type} data-type={shown.panel.type} style={box}>
            <Panel shown={shown} box={box} range={range} />
          </section>
        ))}
      </main>
    </Frame>
  );
}

window.draw = async ({ dashboard, results, from, to, width }) => {
  await initPluginTranslations('grafana');
  const root = createRoot(document.getElementById('root'));
  // The fonts first: components measure their texts when they render.
  flushSync(() => root.render(<Frame />));
  await Promise.all(FONTS.map((font) => document.fonts.load(font)));
  const range = { from: dateTime(from * 1000), to: dateTime(to * 1000), raw: { from: dateTime(from * 1000), to: dateTime(to * 1000) } };
  const boxes = await Promise.all(
    place(dashboard.panels, width).map(async ({ panel, box }) => {
      const prepared = panel.type === 'row' ? {} : await prepare(panel, results[panel.id]);
      return { shown: { panel, ...prepared }, box };
    }),
  );
  const height = Math.max(...boxes.map(({ box }) => box.top + box.height));
  root.render(<Dashboard dashboard={dashboard} boxes={boxes} range={range} minutes={Math.round((to - from) / 60)} height={height} />);
};
