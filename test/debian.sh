# Packages of a Debian release that is not the machine's own. To be sourced.

# The address of the mirror from which this machine gets Debian; empty where apt-get knows none.
debian_mirror() {
  listed_mirror | grep . || { apt-get -qq update >/dev/null && listed_mirror; } || true
}

listed_mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1
}

# debian_apt DIR SUITE...: prepares an apt-get with a state of its own in DIR, for `apt-get -c DIR/apt.conf`. It believes that
# nothing is installed, so it downloads all that a package needs, and the machine's own package lists stay as they are.
# Signatures are checked with the machine's Debian keyring. Of several suites the newest version counts.
debian_apt() {
  apt=$1
  shift
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || return 1
  mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/parts" &&
    : >"$apt/status" &&
    for suite in "$@"; do
      echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
    done >"$apt/sources.list" &&
    printf 'Package: *\nPin: release n=*\nPin-Priority: 500\n' >"$apt/preferences" &&
    cat >"$apt/apt.conf" <<END_OF_CONF &&
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/parts";
Dir::Etc::preferences "$apt/preferences";
Dir::Etc::preferencesparts "$apt/parts";
Dir::State "$apt";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
END_OF_CONF
    apt-get -qq -c "$apt/apt.conf" update >/dev/null
}
