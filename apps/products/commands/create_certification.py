from apps.core.codes import chosen_or_new
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import catalogue
from apps.products.models import Certification
from apps.products.queries.certifications import certification_facts
from apps.products.types import CertificationFacts, NewCertification
from apps.retail_partners.domain.validity import refuse_backward_period
from apps.tenancy.domain import master_data


@use_case(CertificationFacts)
def create_certification(uow: UnitOfWork, product_id: str, new: NewCertification) -> CertificationFacts:
    """Add a certificate to a product; whoever may change the product may.

    Raises AlreadyExists for a number that the product has of the same scheme and issuer.
    """
    refuse_backward_period(new.valid_from, new.valid_to)
    product = catalogue.lock_own(uow, product_id)
    row = master_data.create(
        uow,
        Certification,
        code=chosen_or_new(new.certification_id, prefix="crt", pointer="#/certificationId"),
        product_id=product.pk,
        scheme=new.scheme,
        issuer=new.issuer,
        number=new.number,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        document_url=new.document_url,
    )
    return certification_facts(row, uow.ctx.now.date())
