namespace Geobuk.Inference.Constraints;

/// <summary>What may follow the whole part of a number: a point and digits between those of two bounds, or nothing.</summary>
/// <param name="Low">The lower bound's digits after the point, none for a whole number; null is no bound.</param>
/// <param name="IsAbove">The lower bound itself is left out.</param>
/// <param name="High">The upper bound's digits.</param>
/// <param name="IsBelow">The upper bound itself is left out.</param>
internal sealed record DecimalTail(string? Low, bool IsAbove, string? High, bool IsBelow)
{
    private const int Most = NumberRange.FractionDigits;

    /// <summary>The expression; null where nothing lies between the bounds.</summary>
    public string? Expression()
    {
        var digits = Rest(0, Low is not null, High is not null);
        var none = MayEnd(0, Low is not null, High is not null);
        return digits is null ? none ? "" : null : none ? $"(\\.{digits})?" : $"\\.{digits}";
    }

    /// <summary>One digit or more from a place on; whoever has written a bound's digits so far is at it.</summary>
    private string? Rest(int at, bool atLow, bool atHigh)
    {
        var left = Most - at;
        if (left <= 0) return null;
        if (!atLow && !atHigh) return $"[0-9]{{1,{left}}}";
        // Beyond a bound's digits stand zeros.
        var (low, high) = (Digit(Low, at), Digit(High, at));
        if (at >= Math.Max(atLow ? Low!.Length : 0, atHigh ? High!.Length : 0))
        {
            if (atHigh) return IsBelow || (atLow && IsAbove) ? null : $"0{{1,{left}}}";
            return IsAbove ? left > 1 ? $"0{{0,{left - 1}}}[1-9][0-9]{{0,{left - 1}}}" : "[1-9]" : $"[0-9]{{1,{left}}}";
        }
        var ways = new List<string>();
        for (var digit = '0'; digit <= '9'; digit++)
        {
            if ((atLow && digit < low) || (atHigh && digit > high)) continue;
            var (stillLow, stillHigh) = (atLow && digit == low, atHigh && digit == high);
            var (more, ends) = (Rest(at + 1, stillLow, stillHigh), MayEnd(at + 1, stillLow, stillHigh));
            if (more is null && !ends) continue;
            ways.Add(digit + (more is null ? "" : ends ? $"({more})?" : more));
        }
        return ways.Count == 0 ? null : $"({string.Join('|', ways)})";
    }

    /// <summary>Whether what is written may be all.</summary>
    private bool MayEnd(int at, bool atLow, bool atHigh)
    {
        var (lowZero, highZero) = (IsZeroFrom(Low, at), IsZeroFrom(High, at));
        if (atLow && (!lowZero || IsAbove)) return false;
        return !atHigh || !highZero || !IsBelow;
    }

    private static char Digit(string? digits, int at) => digits is not null && at < digits.Length ? digits[at] : '0';

    private static bool IsZeroFrom(string? digits, int at) => digits is null || at >= digits.Length || digits.AsSpan(at).TrimStart('0').IsEmpty;
}
