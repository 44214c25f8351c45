import { Canvas } from './canvas';

/** A page of a passport that nobody has issued, with the zone's lines printed at its foot. For tests only. */
export function passportPicture(zone: string): Buffer<ArrayBuffer> {
  const page = new Canvas(1240, 870);
  page.write('UTOPIA', { x: 520, y: 60, size: 34, pitch: 34 });
  page.write('SPECIMEN', { x: 470, y: 130, size: 34, pitch: 34 });
  page.rectangle(70, 200, 260, 340, 190);
  page.rectangle(140, 260, 120, 150, 120);
  const [first = ''] = zone.split('\n');
  page.write(first.slice(5).replaceAll('<', ' ').trim(), { x: 400, y: 260, size: 26, pitch: 26 });
  page.write('NATIONALITY', { x: 400, y: 340, size: 20, pitch: 20 });
  zone
    .split('\n')
    .forEach((line, index) =>
      page.write(line, { x: 52, y: 660 + index * 84, size: 32, pitch: 25.8 }),
    );
  return page.png();
}
