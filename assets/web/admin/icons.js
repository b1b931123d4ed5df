// The few icons, as line drawings on a 16 x 16 grid.

const SVG = 'http://www.w3.org/2000/svg';

const PATHS = {
  watch: 'M1.5 8C3.2 5 5.4 3.5 8 3.5S12.8 5 14.5 8C12.8 11 10.6 12.5 8 12.5S3.2 11 1.5 8Z M8 6a2 2 0 1 0 0 4a2 2 0 1 0 0-4',
  pause: 'M5.5 3.5v9 M10.5 3.5v9',
  resume: 'M5 3.2v9.6L12.5 8Z',
  step: 'M3.5 3.5v9L9.5 8Z M12.5 3.5v9',
};

export function icon(name) {
  const drawing = document.createElementNS(SVG, 'svg');
  drawing.setAttribute('viewBox', '0 0 16 16');
  drawing.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  drawing.append(path);
  return drawing;
}
