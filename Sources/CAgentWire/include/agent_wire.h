void agent_wire_placeholder(void);
