//! Tells cargo that the folders whose contents the binary embeds are inputs of the build, new files included.

fn main() {
    for folder in ["procedures", "agents", "profiles"] {
        println!("cargo:rerun-if-changed=../../{folder}");
    }
}
