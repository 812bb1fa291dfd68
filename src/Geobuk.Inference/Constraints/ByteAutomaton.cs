using Geobuk.Models;

namespace Geobuk.Inference.Constraints;

/// <summary>
/// A nondeterministic automaton over bytes, built from its end: every part is given the state that follows it and returns the one that begins it
/// (Thompson 1968). Its size is bounded, so that no expression or schema can take the server's memory.
/// </summary>
internal sealed class ByteAutomaton(string place)
{
    /// <summary>States at most.</summary>
    public const int Most = 60_000;

    private readonly List<State> _states = [];

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
        for (var i = 0; i < least; i++) next = part(next);
        return next;
    }

    /// <summary>One character of any of these ranges of code points, in UTF-8, then <paramref name="next"/>.</summary>
    public int Characters(IEnumerable<(int Low, int High)> ranges, int next)
    {
        var ways = new List<int>();
        foreach (var (low, high) in ranges) Utf8(low, high, next, ways);
        return ways.Count == 1 ? ways[0] : Either([.. ways]);
    }

    /// <summary>Everything reachable from some states without reading a byte, sorted; accepting states are among them.</summary>
    public int[] Closure(IEnumerable<int> states)
    {
        var seen = new HashSet<int>();
        var open = new Stack<int>(states);
        while (open.TryPop(out var state))
        {
            if (!seen.Add(state)) continue;
            foreach (var way in _states[state].Ways ?? []) open.Push(way);
        }
        return [.. seen.Where(state => _states[state].Ways is null).Order()];
    }

    /// <summary>Whether a sentence may end at one of these.</summary>
    public bool IsAccepting(int[] states) => states.Any(state => _states[state].IsAccepting);

    /// <summary>Where a byte leads.</summary>
    public int[] Step(int[] states, byte value) =>
        Closure(states.Where(state => !_states[state].IsAccepting && _states[state].Low <= value && value <= _states[state].High).Select(state => _states[state].Next));

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
        _states.Add(state);
        return _states.Count - 1;
    }

    private sealed class State
    {
        public byte Low, High;
        public int Next;
        public bool IsAccepting;
        public List<int>? Ways;
    }
}
