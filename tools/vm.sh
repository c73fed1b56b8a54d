# Sourced by ./dev. The tests that ctest has labelled "vm", in a machine of their own (tests/vm):
# Debian's cloud kernel under QEMU, fetched once into build/vm.

vm_files=build/vm

# vm_suite <step> [-R regex ...]: leaves build/results/<step>.xml for the summary. The long forms without
# sanitizers: emulated, those would make hours of them.
vm_suite() {
  local preset=${ZEST_LONG:+plain}
  preset=${preset:-dev}
  build "$preset" vm_tests
  [ -e $vm_files/kernel ] || vm_kernel
  tests/vm/run.py "build/$preset" $vm_files/kernel "$results/$1" "${@:2}"
}

# For a developer.
vm_one() {
  fresh_results
  step ctest_vm vm_suite ctest_vm "$@"
  python3 tests/house/summary.py $results
}

vm_kernel() {
  rm -rf $vm_files
  mkdir -p $vm_files
  # The lists may be older than what the servers still have.
  vm_fetch || { vm_update_lists && vm_fetch; }
  dpkg-deb -x $vm_files/linux-image-*.deb $vm_files/unpacked
  rm $vm_files/*.deb
  mv $vm_files/unpacked $vm_files/kernel
}

# linux-image-cloud-amd64 is empty itself, and depends on the newest.
vm_fetch() {
  local package
  package=$(apt-cache show --no-all-versions linux-image-cloud-amd64 2>/dev/null |
    sed -n 's/^Depends: \([^ ,]*\).*/\1/p')
  say "fetching ${package:-the kernel, of which apt does not know}"
  [ -n "$package" ] && (cd $vm_files && apt-get -qq -o APT::Sandbox::User=root \
    -o Acquire::Retries=3 download "$package")
}

vm_update_lists() {
  if [ "$(id -u)" = 0 ]; then apt-get -qq update; else sudo apt-get -qq update; fi
}
