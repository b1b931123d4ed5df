// Four small charts on one time axis, drawn with uPlot. Each has its own legend with
// the newest values, or those under the pointer.

import uPlot from '../vendor/uplot/uPlot.esm.js';
import { byId, element, setText } from './dom.js';
import { bytes, integer, milliseconds } from './format.js';
import { WINDOW_S } from './history.js';

const INK = { text: '#9fb0c8', grid: '#162035', accent: '#5ef2c2', blue: '#4da3ff', amber: '#ffb347', neutral: '#9fb0c8' };
const FONT_FAMILY = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const FONT = `12px ${FONT_FAMILY}`;
const AXIS_WIDTH_PX = 50;
const TIME_AXIS_HEIGHT_PX = 20;

const CHARTS = [
  {
    title: 'Tick time, ms', format: milliseconds, least: 1,
    lines: [
      { label: 'p50', of: (history, room) => history.room(room, 'p50'), ink: INK.accent },
      { label: 'p99', of: (history, room) => history.room(room, 'p99'), ink: INK.blue },
      { label: 'max', of: (history, room) => history.room(room, 'max'), ink: INK.amber, dash: [3, 3] },
    ],
  },
  {
    title: 'Round trip, ms', format: integer, least: 20,
    lines: [
      { label: 'p50', of: (history, room) => history.room(room, 'rtt50'), ink: INK.accent },
      { label: 'p95', of: (history, room) => history.room(room, 'rtt95'), ink: INK.blue },
    ],
  },
  {
    title: 'Clients', format: integer, least: 4,
    lines: [
      { label: 'room', of: (history, room) => history.room(room, 'clients'), ink: INK.accent },
      { label: 'all', of: (history) => history.server('clients'), ink: INK.neutral, dash: [3, 3] },
    ],
  },
  {
    title: 'Sent/s', format: bytes, least: 1000,
    lines: [
      { label: 'room', of: (history, room) => history.room(room, 'bytes'), ink: INK.accent },
      { label: 'all', of: (history) => history.server('bytes'), ink: INK.neutral, dash: [3, 3] },
    ],
  },
];

export class Charts {
  #history;
  #charts;
  #hovered = null;
  #ages = [];

  constructor(history) {
    this.#history = history;
    const list = byId('charts-list');
    this.#charts = CHARTS.map((spec, index) => this.#build(spec, list, index === CHARTS.length - 1));
    new ResizeObserver(() => this.#fit()).observe(list);
  }

  /** `room` is the watched room, or null; `tick_hz` gives the budget of a tick. */
  show(room, tick_hz) {
    this.#ages = this.#history.ages();
    for (const chart of this.#charts) {
      const { lines } = chart.spec;
      chart.budget_ms = chart.spec === CHARTS[0] && tick_hz ? 1000 / tick_hz : null;
      chart.plot.setData([this.#ages, ...lines.map((line) => line.of(this.#history, room))]);
    }
    this.#showValues();
  }

  #build(spec, list, hasTimeAxis) {
    const values = spec.lines.map(() => element('dd'));
    const legend = element('dl', { className: spec.format === bytes ? 'long' : '' }, ...spec.lines.map((line, index) => {
      const swatch = element('i', { className: line.dash ? 'dashed' : '' });
      swatch.style.color = line.ink;
      return element('div', {}, element('dt', {}, swatch, line.label), values[index]);
    }));
    const frame = element('div', { className: 'frame' });
    list.append(element('figure', {}, element('figcaption', {}, element('h3', {}, spec.title), legend), frame));
    const chart = { spec, values, frame, hasTimeAxis, budget_ms: null, plot: null };
    chart.plot = new uPlot(this.#options(chart), [[], ...spec.lines.map(() => [])], frame);
    return chart;
  }

  #options(chart) {
    const { spec, hasTimeAxis } = chart;
    return {
      width: 200,
      height: 80,
      padding: [8, 18, hasTimeAxis ? 0 : 8, 0],
      legend: { show: false },
      cursor: { sync: { key: 'perigee' }, y: false, drag: { x: false, y: false }, points: { size: 5 } },
      scales: {
        x: { time: false, range: [-WINDOW_S, 0] },
        y: { range: (_plot, _low, high) => [0, niceCeiling(Math.max(spec.least, high ?? 0, budgetInSight(chart.budget_ms, high)))] },
      },
      axes: [
        {
          show: true,
          size: hasTimeAxis ? TIME_AXIS_HEIGHT_PX : 0,
          gap: 4,
          font: FONT,
          stroke: INK.text,
          grid: { stroke: INK.grid, width: 1 },
          ticks: { show: false },
          splits: () => [-120, -90, -60, -30, 0],
          values: () => (hasTimeAxis ? ['2 min', '', '1 min', '', 'now'] : ['', '', '', '', '']),
        },
        {
          size: AXIS_WIDTH_PX,
          gap: 6,
          font: FONT,
          stroke: INK.text,
          grid: { stroke: INK.grid, width: 1 },
          ticks: { show: false },
          splits: (_plot, _axis, low, high) => [low, high / 2, high],
          values: (_plot, splits) => splits.map((value) => axisNumber(value)),
        },
      ],
      series: [{}, ...spec.lines.map(({ label, ink, dash }) => ({ label, stroke: ink, dash, width: 1.25, points: { show: false } }))],
      hooks: {
        draw: [(plot) => drawBudget(plot, chart.budget_ms)],
        setCursor: [(plot) => this.#hover(plot.cursor.idx)],
      },
    };
  }

  #hover(index) {
    if (index === this.#hovered) return;
    this.#hovered = index ?? null;
    this.#showValues();
  }

  #showValues() {
    const index = this.#hovered ?? this.#ages.length - 1;
    for (const { spec, values, plot } of this.#charts) {
      values.forEach((node, line) => setText(node, spec.format(plot.data[line + 1][index] ?? NaN)));
    }
    const age_s = Math.round(this.#ages[index] ?? 0);
    setText(byId('charts-time'), this.#hovered === null ? '' : `${-age_s} s ago`);
  }

  #fit() {
    for (const { frame, plot } of this.#charts) {
      const { clientWidth: width, clientHeight: height } = frame;
      if (width > 0 && height > 0) plot.setSize({ width, height });
    }
  }
}

/** The budget belongs in the picture only when the ticks come near it. */
function budgetInSight(budget_ms, high) {
  return budget_ms !== null && high > budget_ms / 2 ? budget_ms : 0;
}

function drawBudget(plot, budget_ms) {
  if (budget_ms === null || plot.scales.y.max < budget_ms) return;
  const { ctx, bbox } = plot;
  const y = plot.valToPos(budget_ms, 'y', true);
  ctx.save();
  ctx.strokeStyle = INK.neutral;
  ctx.fillStyle = INK.text;
  ctx.lineWidth = uPlot.pxRatio;
  ctx.setLineDash([]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.font = `${12 * uPlot.pxRatio}px ${FONT_FAMILY}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  ctx.fillText('budget', bbox.left + 4, y + 3);
  ctx.restore();
}

/** A ceiling that moves seldom, and whose half is a short number too. */
function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value * 1.05);
  return (step ?? 15) * power;
}

function axisNumber(value) {
  if (value >= 1e6) return `${+(value / 1e6).toFixed(2)}M`;
  if (value >= 1e3) return `${+(value / 1e3).toFixed(2)}k`;
  return String(+value.toFixed(2));
}
