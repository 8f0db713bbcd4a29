#include "agent_wire.h"
void agent_wire_placeholder(void) {}
