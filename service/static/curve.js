export function drawCurves() {}
