/*
 * handler_status_metrics - the status as OpenMetrics text
 *
 * Runs in:  workers, the parent, the status process
 * Owns:     nothing
 * Errors:   running out of memory sticks in the buffer
 *
 * The format is OpenMetrics 1.0 (prometheus.io/docs/specs/om/open_metrics_spec): every scraper of
 * Prometheus's family reads it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_STATUS_METRICS_H
#define HANDLER_STATUS_METRICS_H

#include "handler/handler_status_view.h"

#define HANDLER_STATUS_METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

void handler_status_metrics(const struct handler_status_view *view, struct buffer *to);

#endif
