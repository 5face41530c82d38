// The flag of the broken twin of stale_flag.hpp. Behind these functions is a data race: undefined behaviour, on
// purpose, and nowhere else.
#pragma once

namespace handoff::races {

void set_plain_flag(bool value);
/// Spins until the flag is set, says the source. What the compiler makes of it looks at the flag once.
void spin_on_plain_flag();

}  // namespace handoff::races
