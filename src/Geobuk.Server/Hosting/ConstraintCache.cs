using Geobuk.Inference.Constraints;

namespace Geobuk.Server.Hosting;

/// <summary>Constraints by what they were made of: a form that many answers fill in is compiled once. The least recently used goes first.</summary>
internal sealed class ConstraintCache
{
    private const int Most = 16;
    private readonly Lock _lock = new();
    private readonly LinkedList<(string Key, TokenConstraint Constraint)> _entries = [];

    /// <summary>The constraint of a key, made now if it is not there.</summary>
    public TokenConstraint Get(string key, Func<TokenConstraint> make)
    {
        lock (_lock)
        {
            for (var entry = _entries.First; entry is not null; entry = entry.Next)
            {
                if (entry.Value.Key != key) continue;
                _entries.Remove(entry);
                _entries.AddFirst(entry);
                return entry.Value.Constraint;
            }
        }
        var made = make();
        lock (_lock)
        {
            _entries.AddFirst((key, made));
            if (_entries.Count > Most) _entries.RemoveLast();
        }
        return made;
    }
}
