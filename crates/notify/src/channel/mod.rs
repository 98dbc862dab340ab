//! The channels, one file each; `http`, `aliyun` and `twilio` are what several of them share.

mod aliyun;
pub mod aliyun_call;
pub mod aliyun_sms;
pub mod ding_talk;
pub mod feishu;
mod http;
pub mod pager_duty;
pub mod slack;
pub mod smtp;
pub mod syslog;
pub mod teams;
mod trust;
mod twilio;
pub mod twilio_call;
pub mod twilio_sms;
pub mod webhook;
