/** Reads QR codes from a picture: by the browser itself where it can, else by a library that is loaded when needed. */

type Source = HTMLVideoElement | HTMLCanvasElement;
export type Reader = (source: Source) => Promise<string | null>;

interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}
interface DetectorKind {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

/** Pixels on the longer side that are looked at: enough for a label at arm's length. */
const MOST = 800;

export async function reader(): Promise<Reader> {
  const Native = (globalThis as { BarcodeDetector?: DetectorKind }).BarcodeDetector;
  const formats: string[] = await (Native?.getSupportedFormats() ?? Promise.resolve([])).catch(() => []);
  if (Native && formats.includes('qr_code')) {
    const detector = new Native({ formats: ['qr_code'] });
    return async (source) => (await detector.detect(source))[0]?.rawValue ?? null;
  }
  const { default: decode } = await import('qr/decode.js');
  return async (source) => {
    const { data, width, height } = pixels(source);
    try {
      return width ? decode({ data, width, height }) : null;
    } catch {
      return null; // There is none in this picture.
    }
  };
}

function pixels(source: Source): ImageData {
  const [width, height] = source instanceof HTMLVideoElement ? [source.videoWidth, source.videoHeight] : [source.width, source.height];
  const scale = Math.min(1, MOST / Math.max(width, height, 1));
  const canvas = Object.assign(document.createElement('canvas'), { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) });
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
