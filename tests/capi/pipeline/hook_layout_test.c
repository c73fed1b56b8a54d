/* The ABI of zest/hook.h in numbers: see layout_test.c. */
#include <stddef.h>
#include <zest/hook.h>

#include "check.h"

#define GROWING(type, size, alignment) \
  _Static_assert(sizeof(type) >= (size) && _Alignof(type) == (alignment), #type)
#define FIXED(type, size, alignment) \
  _Static_assert(sizeof(type) == (size) && _Alignof(type) == (alignment), #type)
#define AT(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field)

GROWING(zest_hook_event, 256, 8);
AT(zest_hook_event, struct_size, 0);
AT(zest_hook_event, kind, 4);
AT(zest_hook_event, id, 8);
AT(zest_hook_event, listener_id, 16);
AT(zest_hook_event, name, 24);
AT(zest_hook_event, upstream, 32);
AT(zest_hook_event, method, 40);
AT(zest_hook_event, target, 48);
AT(zest_hook_event, host, 56);
AT(zest_hook_event, head, 64);
AT(zest_hook_event, name_size, 72);
AT(zest_hook_event, upstream_size, 76);
AT(zest_hook_event, method_size, 80);
AT(zest_hook_event, target_size, 84);
AT(zest_hook_event, host_size, 88);
AT(zest_hook_event, fd, 92);
AT(zest_hook_event, body_length, 96);
AT(zest_hook_event, deadline_ns, 104);
AT(zest_hook_event, body_kind, 112);
AT(zest_hook_event, encrypted, 116);
AT(zest_hook_event, client, 120);

GROWING(zest_hook_protocol, 48, 8);
AT(zest_hook_protocol, struct_size, 0);
AT(zest_hook_protocol, reserved, 4);
AT(zest_hook_protocol, name, 8);
AT(zest_hook_protocol, prefix, 16);
AT(zest_hook_protocol, prefix_size, 24);
AT(zest_hook_protocol, claims, 32);
AT(zest_hook_protocol, context, 40);

GROWING(zest_proxy_hooks, 40, 8);
AT(zest_proxy_hooks, struct_size, 0);
AT(zest_proxy_hooks, flags, 4);
AT(zest_proxy_hooks, asked, 8);
AT(zest_proxy_hooks, context, 16);
AT(zest_proxy_hooks, protocols, 24);
AT(zest_proxy_hooks, protocol_count, 32);

FIXED(zest_hook_field, 32, 8);
AT(zest_hook_field, name, 0);
AT(zest_hook_field, name_size, 8);
AT(zest_hook_field, value, 16);
AT(zest_hook_field, value_size, 24);

GROWING(zest_hook_answer, 56, 8);
AT(zest_hook_answer, struct_size, 0);
AT(zest_hook_answer, status, 4);
AT(zest_hook_answer, fields, 8);
AT(zest_hook_answer, field_count, 16);
AT(zest_hook_answer, body, 24);
AT(zest_hook_answer, body_size, 32);
AT(zest_hook_answer, release, 40);
AT(zest_hook_answer, release_context, 48);

FIXED(zest_hook_change, 40, 8);
AT(zest_hook_change, name, 0);
AT(zest_hook_change, name_size, 8);
AT(zest_hook_change, value, 16);
AT(zest_hook_change, value_size, 24);
AT(zest_hook_change, how, 32);
AT(zest_hook_change, reserved, 36);

GROWING(zest_hook_passing, 56, 8);
AT(zest_hook_passing, struct_size, 0);
AT(zest_hook_passing, reserved, 4);
AT(zest_hook_passing, upstream, 8);
AT(zest_hook_passing, upstream_size, 16);
AT(zest_hook_passing, request, 24);
AT(zest_hook_passing, request_count, 32);
AT(zest_hook_passing, answer, 40);
AT(zest_hook_passing, answer_count, 48);

_Static_assert(ZEST_HOOK_SET == 0 && ZEST_HOOK_ADD == 1 && ZEST_HOOK_REMOVE == 2, "changes");
_Static_assert(ZEST_HOOK_REQUEST == 0 && ZEST_HOOK_CONNECTION == 1, "kinds");
_Static_assert(ZEST_HOOK_LATER == 0 && ZEST_HOOK_PASS == 1 && ZEST_HOOK_QUEUE == 2, "verdicts");
_Static_assert(ZEST_CLAIM_NO == 0 && ZEST_CLAIM_YES == 1 && ZEST_CLAIM_MORE == 2, "claims");
_Static_assert(ZEST_HOOK_NOTIFY_PIPE == 1 && ZEST_HOOK_FLAGS_ALL == 1, "flags");

static void the_initialisers_set_the_size(void) {
  const zest_hook_event event = ZEST_HOOK_EVENT_INIT;
  const zest_hook_protocol protocol = ZEST_HOOK_PROTOCOL_INIT;
  const zest_proxy_hooks hooks = ZEST_PROXY_HOOKS_INIT;
  const zest_hook_answer answer = ZEST_HOOK_ANSWER_INIT;
  const zest_hook_passing passing = ZEST_HOOK_PASSING_INIT;
  CHECK(passing.struct_size == sizeof passing && passing.upstream == NULL);
  CHECK(event.struct_size == sizeof event && event.fd == -1);
  CHECK(protocol.struct_size == sizeof protocol && hooks.struct_size == sizeof hooks);
  CHECK(answer.struct_size == sizeof answer && answer.status == 200);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(the_initialisers_set_the_size);
  return check_end();
}
