//! The words of each CI/CD system for the state of a run, and what they mean here. Total: a word that no table has is
//! [`Status::Unknown`], and whoever reads it keeps it beside.

use super::Status;
use Status::{
    Cancelled, Cancelling, Failed, Queued, Running, Skipped, Succeeded, Unknown, WaitingApproval, WaitingResource,
    Warnings,
};

macro_rules! systems {
    ($($system:ident $name:literal { words: [$($word:literal => $status:ident),* $(,)?]
        $(, pairs: [$($state:literal + $result:literal => $meaning:ident),* $(,)?])? }),* $(,)?) => {
        /// A system whose words are known.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum System { $($system),* }

        impl System {
            pub const ALL: &'static [Self] = &[$(Self::$system),*];

            /// The name used in files and options.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$system => $name),* }
            }

            const fn words(self) -> &'static [(&'static str, Status)] {
                match self { $(Self::$system => &[$(($word, $status)),*]),* }
            }

            /// Two words that together mean something else than each alone.
            const fn pairs(self) -> &'static [(&'static str, &'static str, Status)] {
                match self { $(Self::$system => &[$($(($state, $result, $meaning)),*)?]),* }
            }
        }
    };
}

systems! {
    GitHub "github" {
        words: [
            "queued" => Queued, "requested" => Queued, "pending" => WaitingResource, "waiting" => WaitingApproval,
            "in_progress" => Running, "success" => Succeeded, "neutral" => Succeeded, "failure" => Failed,
            "timed_out" => Failed, "startup_failure" => Failed, "action_required" => Failed, "cancelled" => Cancelled,
            "stale" => Cancelled, "skipped" => Skipped,
        ],
        pairs: ["waiting" + "wait_timer" => WaitingResource]
    },
    GitHubDeployment "github_deployment" {
        words: [
            "success" => Succeeded, "inactive" => Succeeded, "failure" => Failed, "error" => Failed,
            "pending" => Queued, "queued" => Queued, "waiting" => WaitingApproval, "in_progress" => Running,
        ]
    },
    GitLab "gitlab" {
        words: [
            "created" => Queued, "preparing" => Queued, "pending" => Queued, "waiting_for_resource" => WaitingResource,
            "waiting_for_callback" => WaitingResource, "scheduled" => WaitingResource, "running" => Running,
            "success" => Succeeded, "completed" => Succeeded, "failed" => Failed, "canceling" => Cancelling,
            "canceled" => Cancelled, "cancelled" => Cancelled, "skipped" => Skipped, "manual" => WaitingApproval,
            "blocked" => WaitingApproval,
        ],
        pairs: [
            "success" + "success-with-warnings" => Warnings, "success" + "success_warning" => Warnings,
            "success" + "passed with warnings" => Warnings,
        ]
    },
    Jenkins "jenkins" {
        words: [
            "building" => Running, "success" => Succeeded, "unstable" => Warnings, "failure" => Failed,
            "failed" => Failed, "not_built" => Skipped, "not_executed" => Skipped, "aborted" => Cancelled,
            "in_progress" => Running, "paused_pending_input" => WaitingApproval, "cancelled" => Cancelled,
            "waiting" => Queued, "stuck" => Queued, "blocked" => WaitingResource, "skipped" => Skipped,
            "queued" => Queued,
        ],
        pairs: ["building" + "paused_pending_input" => WaitingApproval]
    },
    Buildbot "buildbot" {
        words: [
            "unclaimed" => Queued, "running" => Running, "0" => Succeeded, "success" => Succeeded, "1" => Warnings,
            "warnings" => Warnings, "2" => Failed, "failure" => Failed, "3" => Skipped, "skipped" => Skipped,
            "4" => Failed, "exception" => Failed, "5" => Unknown, "retry" => Unknown, "6" => Cancelled,
            "cancelled" => Cancelled, "-1" => Running,
        ]
    },
    Gitea "gitea" {
        words: [
            "queued" => Queued, "requested" => Queued, "in_progress" => Running, "running" => Running,
            "success" => Succeeded, "failure" => Failed, "cancelled" => Cancelled, "skipped" => Skipped,
            "waiting" => WaitingResource, "pending" => WaitingResource, "blocked" => WaitingResource,
        ],
        pairs: ["waiting" + "needs_approval" => WaitingApproval]
    },
    Forgejo "forgejo" {
        words: [
            "waiting" => Queued, "running" => Running, "success" => Succeeded, "failure" => Failed,
            "cancelled" => Cancelled, "skipped" => Skipped, "blocked" => WaitingResource, "unknown" => Unknown,
        ],
        pairs: ["blocked" + "need_approval" => WaitingApproval]
    },
    Woodpecker "woodpecker" {
        words: [
            "created" => Queued, "pending" => Queued, "running" => Running, "success" => Succeeded,
            "failure" => Failed, "error" => Failed, "killed" => Cancelled, "canceled" => Cancelled,
            "skipped" => Skipped, "blocked" => WaitingApproval, "declined" => Cancelled,
        ]
    },
    Drone "drone" {
        words: [
            "pending" => Queued, "running" => Running, "success" => Succeeded, "failure" => Failed, "error" => Failed,
            "killed" => Cancelled, "skipped" => Skipped, "blocked" => WaitingApproval, "declined" => Cancelled,
            "waiting_on_dependencies" => WaitingResource,
        ]
    },
    Buildkite "buildkite" {
        words: [
            "creating" => Queued, "scheduled" => Queued, "waiting" => Queued, "running" => Running,
            "failing" => Running, "passed" => Succeeded, "failed" => Failed, "waiting_failed" => Failed,
            "blocked" => WaitingApproval, "canceling" => Cancelling, "canceled" => Cancelled, "skipped" => Skipped,
            "not_run" => Skipped,
        ],
        pairs: ["passed" + "blocked" => WaitingApproval, "running" + "blocked" => WaitingApproval]
    },
    CircleCi "circleci" {
        words: [
            "created" => Queued, "pending" => Queued, "setup-pending" => Queued, "setup" => Running,
            "queued" => Queued, "not_running" => Queued, "blocked" => WaitingResource, "running" => Running,
            "failing" => Running, "success" => Succeeded, "failed" => Failed, "error" => Failed, "errored" => Failed,
            "unauthorized" => Failed, "infrastructure_fail" => Failed, "timedout" => Failed,
            "terminated-unknown" => Unknown, "canceled" => Cancelled, "not_run" => Skipped, "retried" => Skipped,
            "on_hold" => WaitingApproval,
        ]
    },
    AzureDevOps "azure_devops" {
        words: [
            "notStarted" => Queued, "postponed" => WaitingResource, "inProgress" => Running,
            "cancelling" => Cancelling, "canceling" => Cancelling, "succeeded" => Succeeded,
            "partiallySucceeded" => Warnings, "failed" => Failed, "canceled" => Cancelled, "none" => Unknown,
            "unknown" => Unknown,
        ],
        pairs: ["inProgress" + "pending" => WaitingApproval]
    },
    Bitbucket "bitbucket" {
        words: [
            "pending" => Queued, "ready" => Queued, "in_progress" => Running, "running" => Running,
            "paused" => WaitingApproval, "halted" => WaitingApproval, "successful" => Succeeded, "failed" => Failed,
            "error" => Failed, "stopped" => Cancelled, "expired" => Cancelled, "not_run" => Skipped,
        ],
        pairs: [
            "in_progress" + "paused" => WaitingApproval, "halted" + "failed" => Failed, "halted" + "error" => Failed,
        ]
    },
    TeamCity "teamcity" {
        words: [
            "queued" => Queued, "running" => Running, "success" => Succeeded, "failure" => Failed, "error" => Failed,
            "unknown" => Cancelled, "canceled" => Cancelled, "failedToStart" => Failed, "deleted" => Unknown,
        ],
        pairs: ["queued" + "waitingForApproval" => WaitingApproval]
    },
    ArgoCd "argo_cd" {
        words: [
            "running" => Running, "terminating" => Cancelling, "succeeded" => Succeeded, "failed" => Failed,
            "error" => Failed, "progressing" => Running, "degraded" => Failed, "suspended" => WaitingApproval,
            "healthy" => Succeeded, "missing" => Unknown, "unknown" => Unknown,
        ]
    },
    ArgoWorkflows "argo_workflows" {
        words: [
            "" => Queued, "pending" => Queued, "running" => Running, "succeeded" => Succeeded, "failed" => Failed,
            "error" => Failed,
        ],
        pairs: [
            "running" + "suspend" => WaitingApproval, "failed" + "stopped" => Cancelled,
            "failed" + "terminated" => Cancelled,
        ]
    },
    Tekton "tekton" {
        words: ["unknown" => Running, "true" => Succeeded, "false" => Failed],
        pairs: [
            "unknown" + "PipelineRunPending" => WaitingApproval, "unknown" + "Cancelled" => Cancelling,
            "unknown" + "PipelineRunStopping" => Cancelling, "false" + "Cancelled" => Cancelled,
            "false" + "CancelledRunFinally" => Cancelled,
        ]
    },
    CodePipeline "aws_codepipeline" {
        words: [
            "InProgress" => Running, "Stopping" => Cancelling, "Stopped" => Cancelled, "Cancelled" => Cancelled,
            "Superseded" => Skipped, "Succeeded" => Succeeded, "Failed" => Failed,
        ],
        pairs: ["InProgress" + "Approval" => WaitingApproval]
    },
    CodeBuild "aws_codebuild" {
        words: [
            "IN_PROGRESS" => Running, "SUCCEEDED" => Succeeded, "FAILED" => Failed, "FAULT" => Failed,
            "TIMED_OUT" => Failed, "STOPPED" => Cancelled,
        ],
        pairs: ["IN_PROGRESS" + "QUEUED" => Queued]
    },
    CodeDeploy "aws_codedeploy" {
        words: [
            "Created" => Queued, "Queued" => Queued, "InProgress" => Running, "Baking" => Running,
            "Ready" => WaitingApproval, "Succeeded" => Succeeded, "Failed" => Failed, "Stopped" => Cancelled,
        ]
    },
    Nomad "nomad" {
        words: [
            "pending" => Queued, "running" => Running, "complete" => Succeeded, "successful" => Succeeded,
            "failed" => Failed, "lost" => Failed, "cancelled" => Cancelled, "blocked" => WaitingResource,
            "paused" => WaitingApproval,
        ],
        pairs: [
            "running" + "requires_promotion" => WaitingApproval, "dead" + "stop" => Cancelled,
            "dead" + "complete" => Succeeded, "dead" + "failed" => Failed,
        ]
    },
    Terraform "terraform" {
        words: [
            "pending" => Queued, "queuing" => Queued, "plan_queued" => Queued, "queuing_apply" => Queued,
            "apply_queued" => Queued, "fetching" => Running, "fetching_completed" => Running,
            "pre_plan_running" => Running, "pre_plan_completed" => Running, "planning" => Running,
            "cost_estimating" => Running, "policy_checking" => Running, "post_plan_running" => Running,
            "post_plan_completed" => Running, "pre_apply_running" => Running, "pre_apply_completed" => Running,
            "applying" => Running, "post_apply_running" => Running, "post_apply_completed" => Running,
            "confirmed" => Running, "planned" => WaitingApproval, "cost_estimated" => WaitingApproval,
            "policy_checked" => WaitingApproval, "post_plan_awaiting_decision" => WaitingApproval,
            "planned_and_saved" => WaitingApproval, "policy_override" => WaitingApproval,
            "policy_soft_failed" => WaitingApproval, "applied" => Succeeded, "planned_and_finished" => Succeeded,
            "errored" => Failed, "canceled" => Cancelled, "discarded" => Cancelled, "unknown" => Unknown,
        ],
        pairs: [
            "planned" + "not_confirmable" => Running, "cost_estimated" + "not_confirmable" => Running,
            "policy_checked" + "not_confirmable" => Running,
        ]
    },
    Awx "awx" {
        words: [
            "new" => Queued, "pending" => Queued, "waiting" => Queued, "running" => Running,
            "successful" => Succeeded, "failed" => Failed, "error" => Failed, "canceled" => Cancelled,
        ],
        pairs: ["running" + "approval" => WaitingApproval]
    },
    OpenShift "openshift" {
        words: [
            "New" => Queued, "Pending" => Queued, "Running" => Running, "Complete" => Succeeded, "Failed" => Failed,
            "Error" => Failed, "Cancelled" => Cancelled,
        ]
    },
    Kubernetes "kubernetes" {
        words: [
            "Progressing" => Running, "NewReplicaSetAvailable" => Succeeded, "ProgressDeadlineExceeded" => Failed,
            "Paused" => WaitingApproval,
        ]
    },
    CcTray "cctray" {
        words: [
            "Building" => Running, "Success" => Succeeded, "Failure" => Failed, "Exception" => Failed,
            "Unknown" => Unknown,
        ]
    },
}

impl System {
    /// The system of that name; spaces, dashes and case do not matter.
    pub fn parse(name: &str) -> Option<Self> {
        let plain = |name: &str| -> String {
            name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
        };
        let wanted = plain(name);
        Self::ALL.iter().copied().find(|system| plain(system.as_str()) == wanted)
    }

    /// What a state means, and, where the system says it in a second word, its result.
    ///
    /// A state that is not over stands whatever the result says: the result may be that of the run before.
    pub fn status(self, state: &str, result: Option<&str>) -> Status {
        let result = result.map(str::trim).filter(|word| !word.is_empty());
        let state = state.trim();
        if let Some(result) = result {
            let is =
                |row: &&(&str, &str, Status)| row.0.eq_ignore_ascii_case(state) && row.1.eq_ignore_ascii_case(result);
            if let Some(pair) = self.pairs().iter().find(is) {
                return pair.2;
            }
        }
        let of_state = self.word(state);
        match of_state {
            Some(status) if !status.is_finished() && status != Unknown => status,
            _ => result.and_then(|word| self.word(word)).or(of_state).unwrap_or(Unknown),
        }
    }

    fn word(self, word: &str) -> Option<Status> {
        self.words().iter().find(|row| row.0.eq_ignore_ascii_case(word)).map(|row| row.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every raw value that the systems' own descriptions name: system, state, result, meaning.
    const EVERY_VALUE: &str = include_str!("system_values.txt");

    #[test]
    fn every_raw_value_has_its_meaning() {
        let mut seen: Vec<System> = Vec::new();
        for line in EVERY_VALUE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [name, state, result, meaning] = cells[..] else { panic!("four cells: {line}") };
            let system = System::parse(name).unwrap_or_else(|| panic!("no system {name}"));
            let expected = Status::parse(meaning).unwrap_or_else(|| panic!("no status {meaning}"));
            let state = if state == "(empty)" { "" } else { state };
            assert_eq!(system.status(state, Some(result)), expected, "{line}");
            assert_eq!(system.status(&state.to_uppercase(), Some(&result.to_lowercase())), expected, "case: {line}");
            seen.push(system);
        }
        for system in System::ALL {
            assert!(seen.contains(system), "no value of {} is checked", system.as_str());
            assert_eq!(system.status("brand_new_word", None), Unknown, "{}", system.as_str());
            assert_eq!(system.status("brand_new_word", Some("another")), Unknown, "{}", system.as_str());
            assert_eq!(System::parse(system.as_str()), Some(*system));
        }
    }
}
