//VERSION=3
// Sentinel-2 L2A: reflectance of green, near and short-wave infrared; the scene classification; data mask as 0 and 1.
// The bands' order is that of geodata/imagery/grid.py.
function setup() {
  return {
    input: [{ bands: ["B03", "B08", "B11", "B12", "SCL", "dataMask"] }],
    output: { bands: 6, sampleType: "FLOAT32" },
    mosaicking: "SIMPLE",
  };
}

function evaluatePixel(sample) {
  return [sample.B03, sample.B08, sample.B11, sample.B12, sample.SCL, sample.dataMask];
}
