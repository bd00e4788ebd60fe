/*
 * lab.js - the switches of the lab, where LabControls is on
 */
/* SPDX-License-Identifier: Apache-2.0 */
export const lab = {
  begin() {},
  draw() {},
};
