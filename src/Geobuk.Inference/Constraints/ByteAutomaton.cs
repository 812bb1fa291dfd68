using Geobuk.Models;

namespace Geobuk.Inference.Constraints;

/// <summary>
/// A nondeterministic automaton over bytes, built from its end: every part is given the state that follows it and returns the one that begins it
/// (Thompson 1968). Its size is bounded, so that no expression or schema can take the server's memory. What is repeated many times is
/// built once and counted, and what comes in several places is built once and called: a position is a state with the rounds of the loops
/// it is in and the places that it returns to, so that what calls itself nests.
/// </summary>
internal sealed class ByteAutomaton(string place)
{
    /// <summary>States at most.</summary>
    public const int Most = 60_000;

    /// <summary>Calls within calls at most.</summary>
    public const int Deepest = 32;

    // Counts that are possible at the same time, as in (a?){9999}.
    private const int MostCounts = 1024, MostExplored = 200_000;

    // Fewer rounds are built one after the other.
    private const int CountedFrom = 16;

    private readonly List<State> _states = [];
    private readonly List<int> _loops = [];
    private int[] _needs = [];
    private int? _return;

    /// <summary>Where a sentence begins.</summary>
    public int Start { get; set; }

    /// <summary>Number of states.</summary>
    public int Count => _states.Count;

    /// <summary>A state that ends a sentence.</summary>
    public int Accept() => Add(new State { IsAccepting = true });

    /// <summary>A byte of a range, then <paramref name="next"/>.</summary>
    public int Byte(byte low, byte high, int next) => Add(new State { Low = low, High = high, Next = next });

    /// <summary>One of several ways on; ways may be added later, for loops.</summary>
    public int Either(params ReadOnlySpan<int> ways) => Add(new State { Ways = [.. ways] });

    /// <summary>Adds a way to a state made by <see cref="Either"/>.</summary>
    public void AddWay(int state, int way) => _states[state].Ways!.Add(way);

    /// <summary>These bytes, then <paramref name="next"/>.</summary>
    public int Text(ReadOnlySpan<byte> bytes, int next)
    {
        for (var i = bytes.Length - 1; i >= 0; i--) next = Byte(bytes[i], bytes[i], next);
        return next;
    }

    /// <summary>These characters in UTF-8, then <paramref name="next"/>.</summary>
    public int Text(string text, int next) => Text(System.Text.Encoding.UTF8.GetBytes(text), next);

    /// <summary>Between <paramref name="least"/> and <paramref name="most"/> times a part, then <paramref name="next"/>; null is without end.</summary>
    public int Repeat(Func<int, int> part, int least, int? most, int next)
    {
        if ((most ?? least) >= CountedFrom && _loops.Count < Position.Levels) return Counted(part, least, most, next);
        if (most is null)
        {
            var loop = Either(next);
            AddWay(loop, part(loop));
            next = loop;
        }
        else
        {
            var end = next;
            for (var i = least; i < most; i++) next = Either(part(next), end);
        }
        for (var i = 0; i < least && part(next) is var made && made != next; i++) next = made;
        return next;
    }

    /// <summary>The beginning of a part that is built later, by <see cref="Fill"/>, and may be called before.</summary>
    public int Shared()
    {
        _states.Add(new State { Ways = [] });
        return _states.Count - 1;
    }

    /// <summary>Builds what a shared part is.</summary>
    public void Fill(int shared, Func<int, int> part)
    {
        // Its counts are its own.
        int[] loops = [.. _loops];
        _loops.Clear();
        AddWay(shared, part(_return ??= Add(new State { Kind = StateKind.Return })));
        _loops.AddRange(loops);
    }

    /// <summary>A shared part that begins at <paramref name="start"/>, then <paramref name="next"/>.</summary>
    public int Call(int start, int next) => Add(new State { Kind = StateKind.Call, Body = start, Next = next });

    /// <summary>One character of any of these ranges of code points, in UTF-8, then <paramref name="next"/>.</summary>
    public int Characters(IEnumerable<(int Low, int High)> ranges, int next)
    {
        var ways = new List<int>();
        foreach (var (low, high) in ranges) Utf8(low, high, next, ways);
        return ways.Count == 1 ? ways[0] : Either([.. ways]);
    }

    /// <summary>Whether there is a sentence at all.</summary>
    public bool HasSentence => Needs()[Start] <= Deepest;

    /// <summary>
    /// Everything reachable from some positions without reading a byte, sorted; accepting ones are among them, and none from which no
    /// sentence can end: nobody is led where nothing can follow. Of counts beyond a loop's
    /// least the smallest stands for all: whatever follows a larger one may follow it, too.
    /// </summary>
    /// <exception cref="UserInputException">Too many counts are possible at the same time.</exception>
    public Position[] Closure(IEnumerable<Position> positions)
    {
        var (seen, counted) = (new HashSet<Position>(), 0);
        var open = new Stack<Position>(positions);
        var (found, least) = (new List<Position>(), new Dictionary<Position, int>());
        var needs = Needs();
        while (open.TryPop(out var position))
        {
            if (needs[position.State] > Deepest - position.Depth || !seen.Add(position)) continue;
            var state = _states[position.State];
            if (state.Within.Length > 0 && ++counted > MostExplored) throw TooMany();
            if (state.Loop is { } loop) Turn(loop, position, least, open);
            else if (state.Kind == StateKind.Call) open.Push(new Position((ulong)state.Body, FrameOf(position.At(state.Next))));
            else if (state.Kind == StateKind.Return) open.Push(position.Outer!.Return);
            else if (state.Ways is null) found.Add(position);
            foreach (var way in state.Ways ?? []) open.Push(position.At(way));
        }
        for (var level = 0; level < Position.Levels; level++) found = Smallest(found, level);
        if (found.Count(position => _states[position.State].Within.Length > 0) > MostCounts) throw TooMany();
        return [.. found.Order()];
    }

    private Frame FrameOf(Position place) => new(place, _states[place.State].Within.Length > 0 || place.Outer is { IsCounted: true });

    /// <summary>
    /// For every state how many calls within calls a sentence needs to end after it, or to return; too many where none does. Smallest
    /// first, backwards from the ends (Knuth 1977).
    /// </summary>
    private int[] Needs()
    {
        if (_needs.Length == _states.Count) return _needs;
        var before = new List<int>[_states.Count];
        var open = new PriorityQueue<int, int>();
        for (var i = 0; i < _states.Count; i++)
        {
            var state = _states[i];
            if (state.IsAccepting || state.Kind == StateKind.Return) open.Enqueue(i, 0);
            else if (state.Loop is { } loop)
            {
                From(loop.Body, i);
                // Who enters must go its least rounds before the exit.
                if (i == loop.Again || loop.Least == 0) From(loop.Exit, i);
            }
            else if (state.Ways is { } ways) ways.ForEach(way => From(way, i));
            else From(state.Next, i);
            if (state.Kind == StateKind.Call) From(state.Body, i);
        }
        var needs = new int[_states.Count];
        Array.Fill(needs, int.MaxValue);
        while (open.TryDequeue(out var state, out var need))
        {
            if (needs[state] != int.MaxValue) continue;
            needs[state] = need;
            foreach (var other in before[state] ?? [])
            {
                if (_states[other].Kind != StateKind.Call) open.Enqueue(other, need);
                else if (needs[_states[other].Body] is < Deepest and var inner && needs[_states[other].Next] is <= Deepest and var after) open.Enqueue(other, Math.Max(inner + 1, after));
            }
        }
        return _needs = needs;

        void From(int next, int state) => (before[next] ??= []).Add(state);
    }

    private List<Position> Smallest(List<Position> positions, int level)
    {
        var kept = new Dictionary<Position, Position>();
        foreach (var position in positions)
        {
            var within = _states[position.State].Within;
            var stands = level < within.Length && position.Count(level) >= _states[within[level]].Loop!.Least ? position.With(level, Position.AnyCount) : position;
            if (!kept.TryGetValue(stands, out var other) || position.CompareTo(other) < 0) kept[stands] = position;
        }
        return [.. kept.Values];
    }

    private UserInputException TooMany() =>
        new($"{place}: more than {MostCounts} counts are possible at the same time; expected parts of a repetition that are easy to tell apart. Simplify what is repeated.");

    /// <summary>Whether a sentence may end at one of these.</summary>
    public bool IsAccepting(Position[] positions) => positions.Any(position => _states[position.State].IsAccepting);

    /// <summary>Whether a text is a sentence.</summary>
    public bool Accepts(string text)
    {
        var positions = Closure([Start]);
        foreach (var value in System.Text.Encoding.UTF8.GetBytes(text))
            if (positions.Length > 0) positions = Step(positions, value);
        return IsAccepting(positions);
    }

    /// <summary>Whether one of these is within a loop whose rounds are counted.</summary>
    public bool IsCounted(Position[] positions) => positions.Any(position => _states[position.State].Within.Length > 0 || position.Outer is { IsCounted: true });

    /// <summary>The bytes from which on these positions go other ways than from the byte before, sorted, 0 and 256 among them.</summary>
    public SortedSet<int> Borders(Position[] positions)
    {
        var borders = new SortedSet<int> { 0, 256 };
        foreach (var state in positions.Select(position => _states[position.State]).Where(state => !state.IsAccepting))
        {
            borders.Add(state.Low);
            borders.Add(state.High + 1);
        }
        return borders;
    }

    /// <summary>Where a byte leads.</summary>
    public Position[] Step(Position[] positions, byte value)
    {
        var next = new List<Position>();
        foreach (var position in positions)
        {
            var state = _states[position.State];
            if (!state.IsAccepting && state.Low <= value && value <= state.High) next.Add(position.At(state.Next));
        }
        return Closure(next);
    }

    /// <summary>
    /// The same for whoever looks ahead by fewer than <paramref name="ahead"/> rounds: counts from which neither the least nor the most can be
    /// reached meanwhile are alike.
    /// </summary>
    public Position[] Canonical(Position[] positions, int ahead) => IsCounted(positions) ? [.. positions.Select(position => Canonical(position, ahead)).Distinct().Order()] : positions;

    private Position Canonical(Position position, int ahead)
    {
        var within = _states[position.State].Within;
        for (var level = 0; level < within.Length; level++)
        {
            var (loop, count) = (_states[within[level]].Loop!, position.Count(level));
            if (count < loop.Least - ahead) position = position.With(level, 0);
            else if (count >= loop.Least && !(count >= loop.Most - ahead)) position = position.With(level, loop.Least);
        }
        return position.Outer is { IsCounted: true } outer ? position with { Outer = new Frame(Canonical(outer.Return, ahead), true) } : position;
    }

    /// <summary>A loop with a counter: its part leads back to a state that adds a round.</summary>
    private int Counted(Func<int, int> part, int least, int? most, int next)
    {
        var loop = new CountedLoop { Level = _loops.Count, Least = least, Most = most, Exit = next };
        var enter = Add(new State { Loop = loop });
        _loops.Add(enter);
        loop.Again = Add(new State { Loop = loop });
        loop.Body = part(loop.Again);
        _loops.RemoveAt(_loops.Count - 1);
        // Nothing is the same however often it comes.
        return loop.Body == loop.Again ? next : enter;
    }

    private static void Turn(CountedLoop loop, Position position, Dictionary<Position, int> least, Stack<Position> open)
    {
        var count = position.Count(loop.Level) + (position.State == loop.Again ? 1 : 0);
        if (count >= loop.Least)
        {
            // A part that may be empty would count to the end of the loop.
            var any = position.With(loop.Level, Position.AnyCount).At(loop.Again);
            if (least.TryGetValue(any, out var other) && other <= count) return;
            least[any] = count;
            open.Push(position.With(loop.Level, 0).At(loop.Exit));
        }
        // Without a most, the least is all that is counted to.
        if (loop.Most is null) count = Math.Min(count, loop.Least);
        if (loop.Most is null || count < loop.Most) open.Push(position.With(loop.Level, count).At(loop.Body));
    }

    /// <summary>Cuts a range of code points into ranges whose UTF-8 forms have one length and vary independently byte by byte.</summary>
    private void Utf8(int low, int high, int next, List<int> ways)
    {
        // Surrogates are no characters.
        if (low < 0xD800 && high > 0xDFFF)
        {
            Utf8(low, 0xD7FF, next, ways);
            Utf8(0xE000, high, next, ways);
            return;
        }
        if (low is >= 0xD800 and <= 0xDFFF) low = 0xE000;
        if (high is >= 0xD800 and <= 0xDFFF) high = 0xD7FF;
        if (low > high) return;
        foreach (var last in (ReadOnlySpan<int>)[0x7F, 0x7FF, 0xFFFF])
        {
            if (low > last || high <= last) continue;
            Utf8(low, last, next, ways);
            Utf8(last + 1, high, next, ways);
            return;
        }
        for (var shift = 6; shift <= 18 && high > 0x7F; shift += 6)
        {
            var mask = (1 << shift) - 1;
            if ((low & ~mask) == (high & ~mask)) break;
            if ((low & mask) != 0)
            {
                Utf8(low, low | mask, next, ways);
                Utf8((low | mask) + 1, high, next, ways);
                return;
            }
            if ((high & mask) != mask)
            {
                Utf8(low, (high & ~mask) - 1, next, ways);
                Utf8(high & ~mask, high, next, ways);
                return;
            }
        }
        var (from, to) = (Encoded(low), Encoded(high));
        for (var i = from.Length - 1; i >= 0; i--) next = Byte(from[i], to[i], next);
        ways.Add(next);
    }

    private static byte[] Encoded(int codePoint) => System.Text.Encoding.UTF8.GetBytes(char.ConvertFromUtf32(codePoint));

    private int Add(State state)
    {
        if (_states.Count >= Most)
            throw new UserInputException($"{place}: needs more than {Most} states; expected a smaller expression or schema. Lower its counts, or allow more.");
        state.Within = [.. _loops];
        _states.Add(state);
        return _states.Count - 1;
    }

    private enum StateKind : byte
    {
        Plain,
        Call,
        Return,
    }

    private sealed class State
    {
        public byte Low, High;
        public StateKind Kind;
        public int Next, Body;
        public bool IsAccepting;
        public List<int>? Ways;
        /// <summary>The loop that is entered or turned here.</summary>
        public CountedLoop? Loop;
        /// <summary>The states where the loops around begin, outermost first.</summary>
        public int[] Within = [];
    }

    private sealed class CountedLoop
    {
        public int Level, Least, Exit, Again, Body;
        public int? Most;
    }
}
