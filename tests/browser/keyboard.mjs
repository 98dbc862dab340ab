export const STEPS = [];
