//! The adapters against recorded answers of real servers, against a server that does everything wrong, and under the
//! poller. All on loopback.

#[path = "sources/support.rs"]
mod support;

#[path = "sources/adapters.rs"]
mod adapters;
#[path = "sources/ageing.rs"]
mod ageing;
#[path = "sources/alerta.rs"]
mod alerta;
#[path = "sources/alertmanager.rs"]
mod alertmanager;
#[path = "sources/client.rs"]
mod client;
#[path = "sources/faults.rs"]
mod faults;
#[path = "sources/gate.rs"]
mod gate;
#[path = "sources/github.rs"]
mod github;
#[path = "sources/http_json.rs"]
mod http_json;
#[path = "sources/icinga2.rs"]
mod icinga2;
#[path = "sources/jira.rs"]
mod jira;
#[path = "sources/mutations.rs"]
mod mutations;
#[path = "sources/nagios.rs"]
mod nagios;
#[path = "sources/online.rs"]
mod online;
#[path = "sources/pagerduty.rs"]
mod pagerduty;
#[path = "sources/poller.rs"]
mod poller;
#[path = "sources/prometheus.rs"]
mod prometheus;
#[path = "sources/redmine.rs"]
mod redmine;
#[path = "sources/rt.rs"]
mod rt;
#[path = "sources/secrets.rs"]
mod secrets;
#[path = "sources/servicenow.rs"]
mod servicenow;
#[path = "sources/spend.rs"]
mod spend;
#[path = "sources/updates.rs"]
mod updates;
#[path = "sources/zabbix.rs"]
mod zabbix;
