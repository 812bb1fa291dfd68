namespace Geobuk.Models;

/// <summary>
/// What the user gave is wrong: a recipe, a path, a file. The edge prints every message and exits with code 2.
/// Messages read <c>place: what was found; what was expected. What to do.</c>
/// </summary>
public class UserInputException : Exception
{
    /// <summary>Reports one mistake.</summary>
    public UserInputException(string message) : this([message]) { }

    /// <summary>Reports every mistake found, at once.</summary>
    public UserInputException(IReadOnlyList<string> problems) : base(string.Join('\n', problems)) => Problems = problems;

    /// <summary>Reports one mistake and keeps the fault that revealed it.</summary>
    public UserInputException(string message, Exception inner) : base(message, inner) => Problems = [message];

    /// <summary>One message per mistake.</summary>
    public IReadOnlyList<string> Problems { get; }
}
