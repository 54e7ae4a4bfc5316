//VERSION=3
// Sentinel-1 GRD: gamma0 of both polarisations (linear power), terrain corrected; local incidence angle in degrees,
// radar shadow and data mask as 0 and 1. The bands' order is that of geodata/imagery/grid.py.
function setup() {
  return {
    input: [{ bands: ["VV", "VH", "localIncidenceAngle", "shadowMask", "dataMask"] }],
    output: { bands: 5, sampleType: "FLOAT32" },
    mosaicking: "SIMPLE",
  };
}

function evaluatePixel(sample) {
  return [sample.VV, sample.VH, sample.localIncidenceAngle, sample.shadowMask, sample.dataMask];
}
