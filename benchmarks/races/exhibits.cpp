// The list of exhibits. To add one: a header in exhibits/ and a line here.
#include "exhibits/check_then_act.hpp"
#include "exhibits/deadlock.hpp"
#include "exhibits/livelock.hpp"
#include "exhibits/lost_wakeup.hpp"
#include "exhibits/read_modify_write.hpp"
#include "exhibits/stale_flag.hpp"
#include "exhibits/starvation.hpp"
#include "exhibits/store_buffering.hpp"
#include "exhibits/unsafe_lazy_init.hpp"
#include "exhibits/unsafe_publication.hpp"

namespace handoff::races {

const std::vector<exhibit>& all_exhibits() {
    static const std::vector<exhibit> all{
        show_read_modify_write(), show_check_then_act(), show_unsafe_publication(), show_unsafe_lazy_init(),
        show_lost_wakeup(),       show_stale_flag(),     show_store_buffering(),    show_deadlock_of_two(),
        show_deadlock_of_three(), show_livelock(),       show_starvation(),
    };
    return all;
}

}  // namespace handoff::races
