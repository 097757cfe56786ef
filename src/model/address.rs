//! What the addresses of other systems say.

use percent_encoding::percent_decode_str;

/// The full name of a job of Jenkins in an address: `/job/a/job/b/7/` is `a/b`. A branch `feature/x` is called
/// `feature%2Fx` there and stands as `feature%252Fx` in the address.
pub fn jenkins_job_of_url(url: &str) -> Option<String> {
    let parts: Vec<&str> = url.split(['/', '?', '#']).collect();
    let jobs = parts.windows(2).filter(|pair| pair[0] == "job").map(|pair| pair[1]);
    let names: Vec<_> = jobs.map(|job| percent_decode_str(job).decode_utf8_lossy()).collect();
    (!names.is_empty()).then(|| names.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_named_as_jenkins_names_it() {
        for (url, name) in [
            ("https://j.example/view/all/job/org/job/app/job/main/7/", "org/app/main"),
            ("https://j.example/jenkins/job/My%20Job/12/", "My Job"),
            ("https://j.example/job/shop/job/feature%252Fx/3/", "shop/feature%2Fx"),
        ] {
            assert_eq!(jenkins_job_of_url(url).as_deref(), Some(name));
        }
        assert_eq!(jenkins_job_of_url("https://j.example/"), None);
    }
}
