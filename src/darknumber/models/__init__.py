"""What we are willing to assume. Two registries of a name and the model with its defaults, and no others.

`MODELS` are of lists that overlap, `OF_SIGHTINGS` of one list on which people are seen repeatedly.
"""

from darknumber.models.average import Average
from darknumber.models.base import Candidates, Fit, Model, Replicates
from darknumber.models.bayes_log_linear import BayesLogLinear
from darknumber.models.behaviour import Behaviour
from darknumber.models.best import Best
from darknumber.models.best_law import BestLaw, OfSightings
from darknumber.models.chao import Chao, Zelterman
from darknumber.models.completed import Completed
from darknumber.models.composite_link import CompositeLink
from darknumber.models.corrected import Corrected
from darknumber.models.coverage import SampleCoverage
from darknumber.models.decomposable import Decomposable
from darknumber.models.doubly_robust import DoublyRobust
from darknumber.models.heterogeneity import Heterogeneity
from darknumber.models.latent_class import LatentClass
from darknumber.models.latent_class_em import LatentClassEM
from darknumber.models.links import Links
from darknumber.models.log_linear import Independence, LogLinear
from darknumber.models.not_recorded import PooledTotal
from darknumber.models.partial_pooling import PartialPooling
from darknumber.models.referral_flow import ReferralFlow
from darknumber.models.selection import Stepwise
from darknumber.models.sightings import Sightings
from darknumber.models.stratified import Stratified
from darknumber.models.tail import PoissonTail
from darknumber.models.threshold import BayesThreshold
from darknumber.models.two_lists import Chapman, LincolnPetersen

MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Average(),
        Best(),
        Stepwise(),
        LogLinear(),
        Independence(),
        Stratified(),
        Completed(),
        CompositeLink(),
        PooledTotal(),
        LincolnPetersen(),
        Chapman(),
        PoissonTail(),
        BayesThreshold(),
        BayesLogLinear(),
        Decomposable(),
        LatentClass(),
        LatentClassEM(),
        Corrected(),
        Heterogeneity(),
        Behaviour(),
        ReferralFlow(),
        Links(),
        Chao(),
        Zelterman(),
        SampleCoverage(),
        DoublyRobust(),
        PartialPooling(),
    )
}

_OF_SIGHTINGS: tuple[OfSightings, ...] = (BestLaw(), Sightings())
OF_SIGHTINGS: dict[str, OfSightings] = {model.name: model for model in _OF_SIGHTINGS}

__all__ = [
    "MODELS",
    "OF_SIGHTINGS",
    "Average",
    "BayesLogLinear",
    "BayesThreshold",
    "Behaviour",
    "Best",
    "BestLaw",
    "Candidates",
    "Chao",
    "Chapman",
    "Completed",
    "CompositeLink",
    "Corrected",
    "Decomposable",
    "DoublyRobust",
    "Fit",
    "Heterogeneity",
    "Independence",
    "LatentClass",
    "LatentClassEM",
    "LincolnPetersen",
    "Links",
    "LogLinear",
    "Model",
    "OfSightings",
    "PartialPooling",
    "PoissonTail",
    "PooledTotal",
    "ReferralFlow",
    "Replicates",
    "SampleCoverage",
    "Sightings",
    "Stepwise",
    "Stratified",
    "Zelterman",
]
