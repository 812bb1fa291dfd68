using CsCheck;
using Geobuk.Corpus.Selection;

namespace Geobuk.Corpus.Tests.Selection;

public class TokenBudgetTests
{
    [Fact]
    public void Offer_AnyDocuments_FillsTheBudgetExactlyWhereTheySuffice()
    {
        Gen.Select(Gen.Int[1, 500].Array[1, 30], Gen.Int[1, 3000], Gen.Int[1, 16]).Sample((lengths, tokens, parts) =>
        {
            var budget = new TokenBudget(tokens, lengths.Length, parts);
            var taken = 0;
            for (var i = 0; i < lengths.Length && !budget.Satisfied; i++)
            {
                if (budget.Offer(i, lengths[i])) taken += lengths[i];
            }
            var cuts = budget.Cuts();

            Assert.All(cuts, cut => Assert.InRange(cut.Tokens, 1, lengths[cut.Index]));
            Assert.Equal(Math.Min(tokens, lengths.Sum()), taken + cuts.Sum(cut => cut.Tokens));
        });
    }

    [Fact]
    public void Offer_OneHugeDocumentFirst_DoesNotTakeEverything()
    {
        var budget = new TokenBudget(1000, 10, 4);

        Assert.False(budget.Offer(0, 50_000));
        Assert.True(budget.Offer(1, 250));
        Assert.True(budget.Offer(2, 250));
        Assert.True(budget.Offer(3, 250));
        Assert.True(budget.Satisfied);
        Assert.Equal([(0, 250)], budget.Cuts());
    }
}
