//VERSION=3
// Sentinel-2 L2A as people see it: reflectance of red, green and blue; data mask as 0 and 1.
// The bands' order is that of geodata/imagery/grid.py.
function setup() {
  return {
    input: [{ bands: ["B04", "B03", "B02", "dataMask"] }],
    output: { bands: 4, sampleType: "FLOAT32" },
    mosaicking: "SIMPLE",
  };
}

function evaluatePixel(sample) {
  return [sample.B04, sample.B03, sample.B02, sample.dataMask];
}
