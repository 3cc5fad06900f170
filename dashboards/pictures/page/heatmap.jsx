// Grafana's heat map is in its frontend, not in a package. This drawing on a canvas has the same
// buckets, colours and axes, without the tooltip.
import { formattedValueToString, getValueFormat } from '@grafana/data';
import { interpolateOranges } from 'd3-scale-chromatic';
import { useEffect, useRef } from 'react';

import { theme } from './config.js';

const LEFT = 64;
const BOTTOM = 22;

export function Heatmap({ shown, width, height, range }) {
  const canvas = useRef(null);
  useEffect(() => paint(canvas.current, { shown, width, height, range }));
  return <canvas ref={canvas} width={width * devicePixelRatio} height={height * devicePixelRatio} style={{ width, height }} />;
}

function paint(canvas, { shown, width, height, range }) {
  const context = canvas.getContext('2d');
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, width, height);
  const [frame] = shown.series;
  const [time, ...buckets] = frame.fields;
  const from = range.from.valueOf();
  const scale = (width - LEFT) / (range.to.valueOf() - from);
  const tall = (height - BOTTOM) / buckets.length;
  const most = Math.max(...buckets.flatMap(({ values }) => values.filter(Number.isFinite)), 0);
  const step = time.config.interval * scale;
  buckets.forEach(({ values }, row) => {
    values.forEach((value, index) => {
      if (!(value > 0)) return;
      // The exponential scale of Grafana's default, exponent 0.5.
      context.fillStyle = interpolateOranges(1 - (value / most) ** 0.5);
      context.fillRect(LEFT + (time.values[index] - from) * scale, height - BOTTOM - (row + 1) * tall, Math.max(1, step - 1), tall - 1);
    });
  });
  label(context, { shown, buckets, tall, width, height, from, scale });
}

function label(context, { shown, buckets, tall, width, height, from, scale }) {
  context.fillStyle = theme.colors.text.primary;
  context.font = `12px ${theme.typography.fontFamily}`;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const format = getValueFormat(shown.panel.options.yAxis?.unit ?? 'short');
  const every = Math.ceil(18 / tall);
  buckets.forEach(({ name }, row) => {
    if (row % every !== 0) return;
    const text = name === '+Inf' ? name : formattedValueToString(format(Number(name)));
    context.fillText(text, LEFT - 8, height - BOTTOM - (row + 0.5) * tall);
  });
  context.textAlign = 'center';
  const minute = 60_000;
  const ticks = Math.ceil((width - LEFT) / scale / minute / ((width - LEFT) / 90));
  for (let at = Math.ceil(from / minute / ticks) * minute * ticks; (at - from) * scale < width - LEFT; at += minute * ticks) {
    context.fillText(new Date(at).toISOString().slice(11, 16), LEFT + (at - from) * scale, height - 8);
  }
}
