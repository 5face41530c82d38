// Unbalanced tree search: counts the nodes of a tree that nobody can cut into equal parts beforehand.
#pragma once

#include <algorithm>

#include "fork_join/kernels.hpp"
#include "fork_join/program.hpp"

namespace handoff::benchmarks {

struct tree_size {
    std::uint32_t nodes = 0;
    std::uint32_t leaves = 0;
    std::uint32_t depth = 0;
    tree_size& operator+=(const tree_size& more) {
        nodes += more.nodes;
        leaves += more.leaves;
        depth = std::max(depth, more.depth);
        return *this;
    }
    bool operator==(const tree_size&) const = default;
};

struct published_tree : kernels::tree {
    tree_size size;
};

/// Source: as kernels::tree.
///
/// Stresses: stealing. T1 is shallow, its subtrees uneven; T3 is deep and narrow, nearly all subtrees end at
/// once, and the few that do not hold everything. Verifies: the published numbers of nodes and leaves.
class uts {
public:
    static constexpr std::string_view name = "uts";
    static constexpr std::array<published_tree, 2> trees{{
        {{"t1", kernels::tree::rule::geometric, 4, 10, 0, 0, 19}, {4'130'071, 3'305'118, 10}},
        {{"t3", kernels::tree::rule::binomial, 2000, 0, 8, 0.124875, 42}, {4'112'897, 3'599'034, 1572}},
    }};
    static constexpr std::array<std::string_view, 2> tree_words{trees[0].name, trees[1].name};
    static constexpr std::array parameters{parameter{"tree", "t1", 0, 0, 0, tree_words}};

    explicit uts(const settings& s) : uts(*std::ranges::find(trees, s.tree, &published_tree::name)) {}
    explicit uts(const published_tree& t) : tree_(t) {}

    template <class Context>
    outcome run(Context& context) {
        const tree_size found = explore(context);
        return tally{found.nodes, found.leaves}.result();
    }
    template <class Context>
    tree_size explore(Context& context) const {
        return explore(context, kernels::root_of(tree_));
    }

    outcome expected() const { return tally{tree_.size.nodes, tree_.size.leaves}.result(); }

private:
    template <class Context>
    tree_size explore(Context& context, const kernels::tree_node& node) const {
        if (node.children == 0) {
            return {1, 1, node.depth};
        }
        of_children<tree_size> below(node.children);
        context.fork_all(node.children, [&](Context& c, std::size_t i) {
            below[i] += explore(c, kernels::child_of(tree_, node, static_cast<std::uint32_t>(i)));
        });
        tree_size all = below.sum();
        all.nodes += 1;
        return all;
    }

    published_tree tree_;
};

}  // namespace handoff::benchmarks
