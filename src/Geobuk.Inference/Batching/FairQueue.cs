namespace Geobuk.Inference.Batching;

/// <summary>
/// Who goes next among users that ask for more than there is: the one who got least, counted in tokens computed (virtual token
/// counter; Sheng et al. 2024, arXiv:2401.00588). Who comes back after a pause starts level with the others and has saved up nothing.
/// </summary>
internal sealed class FairQueue
{
    private readonly Dictionary<string, Account> _accounts = new(StringComparer.Ordinal);

    /// <summary>Generations that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Everyone that waits, in no order.</summary>
    public IEnumerable<Generation> All => _accounts.Values.SelectMany(account => account.Waiting);

    /// <summary>What the user got so far, for ordering.</summary>
    public double Served(string user) => _accounts.TryGetValue(user, out var account) ? account.Served : 0;

    /// <summary>Takes in a new generation; it holds its user's account open until <see cref="Close"/>.</summary>
    public void Add(Generation generation)
    {
        if (!_accounts.TryGetValue(generation.Options.User, out var account))
        {
            var least = _accounts.Count == 0 ? 0 : _accounts.Values.Min(other => other.Served);
            _accounts[generation.Options.User] = account = new Account { Served = least };
        }
        account.Open++;
        account.Waiting.AddLast(generation);
        Count++;
    }

    /// <summary>Puts a generation that had begun back to the front of its user's.</summary>
    public void Return(Generation generation)
    {
        _accounts[generation.Options.User].Waiting.AddFirst(generation);
        Count++;
    }

    /// <summary>The first of the user who got least; null where nobody waits.</summary>
    public Generation? Peek() => _accounts.Values.Where(account => account.Waiting.Count > 0).MinBy(account => account.Served)?.Waiting.First!.Value;

    /// <summary>Takes a generation out that is about to run or gave up.</summary>
    public void Remove(Generation generation)
    {
        if (_accounts.TryGetValue(generation.Options.User, out var account) && account.Waiting.Remove(generation)) Count--;
    }

    /// <summary>Counts tokens that were computed for the user.</summary>
    public void Charge(string user, int tokens)
    {
        if (_accounts.TryGetValue(user, out var account)) account.Served += tokens;
    }

    /// <summary>A generation ended; a user without any is forgotten.</summary>
    public void Close(Generation generation)
    {
        if (_accounts.TryGetValue(generation.Options.User, out var account) && --account.Open == 0) _accounts.Remove(generation.Options.User);
    }

    /// <summary>Place in the order in which the waiting would run if nobody else came; 0 for one that does not wait.</summary>
    public int PositionOf(Generation generation)
    {
        if (!_accounts.TryGetValue(generation.Options.User, out var own)) return 0;
        var ahead = 0;
        foreach (var waiting in own.Waiting)
        {
            if (waiting == generation) return ahead + 1 + Others(own, ahead + 1);
            ahead++;
        }
        return 0;
    }

    /// <summary>Generations of other users that come before a user's nth: users take turns, those who got less first.</summary>
    private int Others(Account own, int nth) => _accounts.Values.Where(other => other != own)
        .Sum(other => Math.Min(other.Waiting.Count, other.Served < own.Served ? nth : nth - 1));

    private sealed class Account
    {
        public double Served { get; set; }
        /// <summary>Generations that wait or run.</summary>
        public int Open { get; set; }
        public LinkedList<Generation> Waiting { get; } = [];
    }
}
