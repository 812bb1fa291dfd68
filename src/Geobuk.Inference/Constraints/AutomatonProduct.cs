using System.Runtime.InteropServices;
using Geobuk.Models;

namespace Geobuk.Inference.Constraints;

/// <summary>What several automata accept together, and others do not: their sets of states side by side (Rabin and Scott 1959), found breadth first.</summary>
internal static class AutomatonProduct
{
    /// <summary>Combinations of sets at most.</summary>
    public const int Most = 10_000;

    /// <summary>Builds it before <paramref name="next"/> and returns its beginning.</summary>
    /// <param name="target">Where to build.</param>
    /// <param name="factors">Automata without calls; a text must not be of those that are refused.</param>
    /// <param name="place">Names it in errors.</param>
    /// <param name="next">What follows.</param>
    /// <exception cref="UserInputException">Too large.</exception>
    public static int Build(ByteAutomaton target, IReadOnlyList<(ByteAutomaton Automaton, bool IsRefused)> factors, string place, int next)
    {
        var (known, open) = (new Dictionary<string, int>(), new Queue<(int[] Sets, int State)>());
        var all = factors.Select(factor => new Factor(factor.Automaton, factor.IsRefused, place)).ToArray();
        var start = StateOf(new int[all.Length]);
        while (open.TryDequeue(out var at))
        {
            if (all.Select((factor, i) => factor.IsAccepting(at.Sets[i])).All(fits => fits)) target.AddWay(at.State, next);
            var rows = all.Select((factor, i) => factor.Row(at.Sets[i])).ToArray();
            var (toward, begun, places) = (-1, 0, new int[all.Length]);
            for (var value = 0; value < 256;)
            {
                for (var i = 0; i < rows.Length; i++)
                    while (places[i] + 1 < rows[i].Length && rows[i][places[i] + 1].From <= value) places[i]++;
                var other = StateOf([.. rows.Select((row, i) => row[places[i]].Set)]);
                if (other != toward)
                {
                    Lead(at.State, begun, value, toward);
                    (toward, begun) = (other, value);
                }
                value = rows.Select((row, i) => places[i] + 1 < row.Length ? row[places[i] + 1].From : 256).Min();
            }
            Lead(at.State, begun, 256, toward);
        }
        return start < 0 ? target.Either() : start;

        void Lead(int state, int from, int to, int toward)
        {
            if (toward >= 0 && to > from) target.AddWay(state, target.Byte((byte)from, (byte)(to - 1), toward));
        }

        int StateOf(int[] sets)
        {
            // What a wanted one cannot go on with is no way.
            for (var i = 0; i < sets.Length; i++)
                if (all[i].IsStuck(sets[i])) return -1;
            var key = new string(MemoryMarshal.Cast<int, char>(sets.AsSpan()));
            if (known.TryGetValue(key, out var state)) return state;
            if (known.Count >= Most) throw TooMany(place);
            known[key] = state = target.Either();
            open.Enqueue((sets, state));
            return state;
        }
    }

    private static UserInputException TooMany(string place) =>
        new($"{place}: needs more than {Most} states for what must hold at the same time; expected less. Lower its lengths, or let the pattern count.");

    /// <summary>An automaton's sets of states, each with where it leads, found once.</summary>
    private sealed class Factor
    {
        private readonly ByteAutomaton _automaton;
        private readonly bool _isRefused;
        private readonly string _place;
        private readonly List<(Position[] Positions, (int From, int Set)[]? Row)> _sets = [];
        private readonly Dictionary<Position[], int> _known = new(SamePositions.Instance);

        public Factor(ByteAutomaton automaton, bool isRefused, string place)
        {
            (_automaton, _isRefused, _place) = (automaton, isRefused, place);
            IdOf(automaton.Closure([automaton.Start]));
        }

        public bool IsStuck(int set) => !_isRefused && _sets[set].Positions.Length == 0;

        public bool IsAccepting(int set) => _automaton.IsAccepting(_sets[set].Positions) != _isRefused;

        /// <summary>The set after the bytes from each border on.</summary>
        public (int From, int Set)[] Row(int set)
        {
            var (positions, row) = _sets[set];
            if (row is not null) return row;
            row = [.. _automaton.Borders(positions).Where(border => border < 256).Select(border => (border, IdOf(_automaton.Step(positions, (byte)border))))];
            _sets[set] = (positions, row);
            return row;
        }

        private int IdOf(Position[] positions)
        {
            if (_known.TryGetValue(positions, out var id)) return id;
            if (_sets.Count >= Most) throw TooMany(_place);
            _sets.Add((positions, null));
            return _known[positions] = _sets.Count - 1;
        }
    }
}
