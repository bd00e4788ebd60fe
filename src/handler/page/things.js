/*
 * things.js - where to read on about each thing on the page
 *
 * key: [lesson, section of the architecture, the function that does it, below src; with its line where the
 * lesson does not show it; the directive that turns it]. tests/lint/lessons.sh holds this against the tree, and
 * sentences.js and sentences.zh.js against this.
 */
/* SPDX-License-Identifier: Apache-2.0 */
export const lessons = ["fork", "one-child-per-request", "pool", "accept", "pipes", "death", "start-methods", "many-connections"];
export const sections = ["processes", "request", "death", "graceful", "crosses"];

export const things = {
  /* the numbers at the top, and the plots */
  rate: [5, 1, "worker/worker_report.c worker_report"],
  latency: [5, 1, "parent/parent_status.c parent_status_reports"],
  cpu: [5, 0, "worker/worker_report.c worker_report"],
  memory: [1, 0, "mp/mp_fork.c mp_fork_start"],
  busy: [5, 0, "worker/worker_report.c worker_report"],
  open: [8, 1, "worker/worker_event.c on_listener"],
  queue: [4, 0, "worker/worker_classic.c wait_in_turn", "ListenBacklog"],
  lives: [6, 2, "mp/mp_reap.c mp_reap"],
  policy: [3, 0, "parent/parent_policy.c parent_policy_tick", "MinSpareServers"],
  model: [4, 0, "parent/parent_dispatch.c pass_on", "ProcessModel"],
  method: [7, 0, "mp/mp_spawn.c mp_spawn_start", "StartMethod"],
  generation: [6, 3, "parent/parent_life.c table"],
  sandbox: [6, 0, "wire/wire_confine.c:30 wire_confine_enter", "Sandbox"],
  log: [6, 2, "parent/parent_life.c table"],
  deaths: [6, 2, "mp/mp_reap.c mp_reap"],
  /* the processes */
  parent: [6, 0, "parent/parent_life.c table"],
  forkserver: [7, 0, "mp/mp_forkserver.c fork_for_parent"],
  status: [5, 4, "parent/parent_status.c parent_status_reports", "StatusListen"],
  keeper: [3, 0, "keeper/keeper_main.c:144 keeper_main", "KeepAliveKeeper"],
  starter: [6, 0, "starter/starter_main.c:206 starter_main"],
  predecessor: [6, 3, "parent/parent_upgrade.c:240 parent_upgrade_tick"],
  successor: [6, 3, "parent/parent_heir.c:171 parent_heir_serves"],
  dead: [6, 2, "parent/parent_life.c table"],
  worker: [8, 0, "worker/worker_event.c wait_for"],
  /* the letters */
  state_open: [3, 0, "parent/parent_policy.c parent_policy_tick", "MaxRequestWorkers"],
  state_starting: [7, 0, "parent/parent_bear.c new_process"],
  state_ready: [4, 1, "worker/worker_classic.c wait_in_turn"],
  state_reading: [8, 1, "worker/worker_event.c wait_for", "RequestReadTimeout"],
  state_writing: [8, 1, "worker/worker_event.c wait_for"],
  state_keepalive: [8, 1, "worker/worker_event.c wait_for", "KeepAliveTimeout"],
  state_graceful: [6, 3, "parent/parent_life.c table"],
  state_idle_stop: [3, 0, "parent/parent_policy.c parent_policy_tick", "MaxSpareServers"],
  /* the columns */
  col_slot: [5, 4, "parent/parent_status.c parent_status_reports"],
  col_generation: [6, 3, "parent/parent_life.c table"],
  col_pid: [1, 0, "mp/mp_fork.c mp_fork_start"],
  col_state: [5, 4, "worker/worker_report.c worker_report"],
  col_connections: [8, 1, "worker/worker_event.c on_listener", "WorkerConnections"],
  col_requests: [5, 1, "worker/worker_report.c worker_report"],
  col_bytes: [5, 1, "worker/worker_report.c worker_report"],
  col_age: [3, 0, "parent/parent_life.c replace", "MaxConnectionsPerChild"],
  col_cpu: [5, 0, "worker/worker_report.c worker_report"],
  col_memory: [1, 0, "mp/mp_fork.c mp_fork_start", "MaxWorkerMemory"],
  col_request: [5, 1, "worker/worker_report.c worker_report", "ExtendedStatus"],
  /* the limits */
  start_servers: [3, 0, "parent/parent_policy.c parent_policy_tick", "StartServers"],
  min_spare_servers: [3, 0, "parent/parent_policy.c parent_policy_tick", "MinSpareServers"],
  max_spare_servers: [3, 0, "parent/parent_policy.c parent_policy_tick", "MaxSpareServers"],
  max_request_workers: [3, 0, "parent/parent_policy.c parent_policy_tick", "MaxRequestWorkers"],
  server_limit: [5, 4, "parent/parent_status.c parent_status_reports", "ServerLimit"],
  worker_connections: [8, 1, "worker/worker_event.c on_listener", "WorkerConnections"],
  max_connections_per_child: [6, 2, "parent/parent_life.c table", "MaxConnectionsPerChild"],
  listen_backlog: [4, 0, "worker/worker_classic.c wait_in_turn", "ListenBacklog"],
  graceful_shutdown_timeout_seconds: [6, 3, "parent/parent_life.c table", "GracefulShutdownTimeout"],
  file_cache_bytes: [8, 1, "worker/worker_cache.c:166 worker_cache_find", "FileCacheSize"],
  /* the lab */
  lab_worker: [5, 4, "parent/parent_lab.c:257 obey", "LabControls"],
  lab_kill: [6, 2, "mp/mp_reap.c mp_reap"],
  lab_stop: [6, 2, "parent/parent_lab.c:58 signal_slot"],
  lab_continue: [6, 2, "parent/parent_lab.c:58 signal_slot"],
  lab_hang: [5, 4, "parent/parent_lab.c:71 hang", "WorkerTimeout"],
  lab_stop_all: [5, 4, "parent/parent_lab.c:65 signal_all", "StatusListen"],
  lab_continue_all: [5, 4, "parent/parent_lab.c:65 signal_all"],
  lab_load: [3, 1, "parent/parent_lab.c:107 start_load"],
  lab_slow: [8, 1, "parent/parent_lab.c:107 start_load", "RequestReadTimeout"],
  lab_load_end: [3, 1, "parent/parent_lab.c:83 end_load"],
  lab_grow: [3, 0, "parent/parent_lab.c:209 resize", "StartServers"],
  lab_shrink: [3, 0, "parent/parent_lab.c:209 resize", "StartServers"],
  lab_graceful: [6, 3, "parent/parent_life.c table"],
  lab_connections: [8, 1, "worker/worker_event.c on_listener", "WorkerConnections"],
  lab_keeper: [3, 0, "keeper/keeper_main.c:144 keeper_main", "KeepAliveKeeper"],
  lab_model: [4, 0, "parent/parent_dispatch.c pass_on", "ProcessModel"],
  lab_method: [7, 0, "mp/mp_spawn.c mp_spawn_start", "StartMethod"],
  lab_mutex: [4, 0, "worker/worker_classic.c wait_in_turn", "AcceptMutex"],
  lab_reset: [6, 3, "parent/parent_lab.c:224 switch_to", "LabControls"],
};
