namespace Geobuk.Inference;

/// <summary>
/// How many threads generate one token fastest: where one core takes all that memory delivers, more only get in each other's way.
/// Found out in the first steps of one token, from all threads down by halves, for as long as fewer are not slower; the number
/// changes the time and nothing else.
/// </summary>
/// <param name="most">Threads that there are.</param>
internal sealed class DecodeThreads(int most)
{
    private const int Rounds = 4;
    /// <summary>Fewer threads win where they are hardly slower: the others are free for other work.</summary>
    private const double Tolerance = 1.02;
    private const double Hopeless = 1.1;

    private int _fastest = most;
    private double _best = double.MaxValue, _seconds = double.MaxValue;
    private int _steps;

    /// <summary>Threads to take in the next step.</summary>
    public int Current { get; private set; } = most;

    /// <summary>The number is found.</summary>
    public bool IsSettled { get; private set; } = most == 1;

    /// <summary>Records a step of one token with <see cref="Current"/> threads.</summary>
    public void Add(double seconds)
    {
        if (IsSettled) return;
        // The first step of a number may compile and wake threads up.
        if (_steps++ > 0) _seconds = Math.Min(_seconds, seconds);
        if (_steps <= Rounds) return;
        if (_seconds <= _best * Tolerance) _fastest = Current;
        _best = Math.Min(_best, _seconds);
        IsSettled = Current == 1 || _seconds > _best * Hopeless;
        Current = IsSettled ? _fastest : Current / 2;
        (_steps, _seconds) = (0, double.MaxValue);
    }
}
